#include "tests/e2e/event_witness.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "server/role_table.h"
#include "tests/e2e/event_rows.h"
#include "tests/testing/raw_call.h"

namespace cardvault::testing {
namespace {

constexpr char kOfItsRow[] = "{row}";

std::string Or(absl::string_view text, const char* none) {
  return text.empty() ? none : std::string(text);
}

// As a row has it.
std::string TextOf(const AuditLeaf& leaf) {
  return absl::StrCat(
      ActionName(leaf.action), " ", OutcomeName(leaf.outcome), " ",
      Or(leaf.reason == ErrorReason::kUnspecified ? "" : ReasonName(leaf.reason), "-"), " ",
      Or(leaf.object, "-"));
}

// '#' is some digits, '*' anything.
bool Fits(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (Fits(pattern.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  if (pattern[0] == '#') {
    size_t digits = 0;
    while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
    return digits > 0 && Fits(pattern.substr(1), text.substr(digits));
  }
  return !text.empty() && text[0] == pattern[0] && Fits(pattern.substr(1), text.substr(1));
}

}  // namespace

void EventWitness::Fails(const std::string& rpc, const std::string& who,
                         const google::protobuf::Message& request) {
  Make(rpc, who, request.SerializeAsString(), Wanted::kBad, kOfItsRow);
}

bool EventWitness::Tries(const std::string& rpc, const std::string& who,
                         const google::protobuf::Message& request) {
  return Make(rpc, who, request.SerializeAsString(), Wanted::kEither, kOfItsRow).has_value();
}

void EventWitness::FailsWith(const std::string& rpc, const std::string& who,
                             const std::string& request, const std::string& events) {
  Make(rpc, who, request, Wanted::kBad, events);
}

std::optional<std::string> EventWitness::Make(const std::string& rpc, const std::string& who,
                                              const std::string& request, Wanted wanted,
                                              const std::string& events) {
  const std::string method = absl::StrCat("/", rpc);
  const EventRow& row = EventRowOf(rpc);
  std::shared_ptr<grpc::Channel>& channel =
      channels_[absl::StrCat(who, " ", RuleOf(method).port == Port::kMerchant)];
  if (channel == nullptr) {
    channel = RuleOf(method).port == Port::kMerchant ? vault_.MerchantChannel(who)
                                                     : vault_.AdminChannel(who);
  }
  Witnessed made{rpc, who, absl::Now(), {}, events};
  Call call;
  std::string response;
  const grpc::Status status = RawCall(*channel, method, call, request, &response);
  made.end = absl::Now();
  if (events == kOfItsRow) {
    made.events = status.ok() ? row.success : row.failure;
    made_.emplace(rpc, status.ok());
  }
  calls_.push_back(std::move(made));
  if (wanted == Wanted::kEither) return status.ok() ? std::optional(response) : std::nullopt;
  EXPECT_EQ(status.ok(), wanted == Wanted::kGood)
      << rpc << " by " << who << ": " << status.error_message() << " " << call.reason() << " "
      << call.field();
  return status.ok() ? std::optional(response) : std::nullopt;
}

void EventWitness::Aside(const std::function<void()>& work) {
  Witnessed aside;
  aside.begin = absl::Now();
  work();
  aside.end = absl::Now();
  aside.is_aside = true;
  calls_.push_back(std::move(aside));
}

void EventWitness::Check(const std::vector<AuditEntry>& log) const {
  std::vector<std::vector<const AuditEntry*>> of_call(calls_.size());
  size_t next = 0;
  for (const AuditEntry& entry : log) {
    // What the process does by itself comes when it comes.
    if (entry.leaf.origin.principal == "cardvaultd") continue;
    if (calls_.empty() || entry.time < calls_.front().begin - absl::Microseconds(1)) continue;
    while (next < calls_.size() && entry.time > calls_[next].end) ++next;
    // Entries have microseconds.
    if (next == calls_.size() || entry.time < calls_[next].begin - absl::Microseconds(1)) {
      ADD_FAILURE() << "of no call: " << TextOf(entry.leaf) << " " << entry.leaf.origin.principal;
      continue;
    }
    of_call[next].push_back(&entry);
  }
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].is_aside) CheckOne(calls_[i], of_call[i]);
  }
}

void EventWitness::CheckOne(const Witnessed& call,
                            const std::vector<const AuditEntry*>& entries) const {
  const std::vector<std::string> expected = Resolved(call.events);
  std::string found;
  bool fits = entries.size() == expected.size();
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string text = TextOf(entries[i]->leaf);
    absl::StrAppend(&found, found.empty() ? "" : "; ", text);
    fits = fits && Fits(expected[i], text);
    CheckOrigin(call, entries[i]->leaf);
    const bool counts = absl::StrContains(text, "audit.exported") || absl::EndsWith(text, " list");
    EXPECT_TRUE(counts || entries[i]->leaf.count == 1) << call.rpc;
  }
  EXPECT_TRUE(fits) << call.rpc << " by " << call.who
                    << "\n  must be: " << Resolved(call.events).size() << " of " << call.events
                    << "\n  is:      " << found;
}

void EventWitness::CheckOrigin(const Witnessed& call, const AuditLeaf& leaf) const {
  EXPECT_EQ(leaf.origin.principal, call.who) << call.rpc;
  EXPECT_TRUE(absl::StartsWith(leaf.origin.address, "127.0.0.1:")) << leaf.origin.address;
  const bool is_admitted =
      leaf.reason != ErrorReason::kIdentity &&
      !(leaf.action == AuditAction::kCallRefused && leaf.reason == ErrorReason::kPolicy);
  EXPECT_EQ(leaf.origin.role, is_admitted ? RoleOf(call.who) : "") << call.rpc;
}

std::string EventWitness::RoleOf(const std::string& uri) const {
  if (const auto granted = roles_.find(uri); granted != roles_.end()) return granted->second;
  const std::vector<std::string> parts = absl::StrSplit(uri, '/');
  return absl::StrContains(uri, "/merchant/") ? parts.back() : parts[parts.size() - 2];
}

std::vector<std::string> EventWitness::Resolved(const std::string& events) const {
  std::string text = events;
  for (const auto& [name, value] : names_) {
    text = absl::StrReplaceAll(text, {{absl::StrCat("{", name, "}"), value}});
  }
  if (text.empty()) return {};
  return absl::StrSplit(text, "; ");
}

void EventWitness::ExpectAllOf(const std::string& service) const {
  for (const EventRow& row : EventRows()) {
    if (!absl::StartsWith(row.rpc, service)) continue;
    EXPECT_EQ(made_.count({row.rpc, true}), 1u) << row.rpc << " was not called in success";
    if (*row.failure == '\0') continue;
    EXPECT_EQ(made_.count({row.rpc, false}), 1u) << row.rpc << " was not called in failure";
  }
}

}  // namespace cardvault::testing
