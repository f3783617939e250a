#include "forwarder/route_section.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "card/free_text.h"

namespace cardvault {
namespace {

// A key of the document as a mistake shows it: what could be anything is not repeated.
constexpr size_t kMaxShownKeySize = 64;

std::string ShownKey(absl::string_view key) {
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  });
  if (key.size() > kMaxShownKeySize || !plain || HoldsCardNumber(key)) return "?";
  return std::string(key);
}

// Keys under which people look for a place to put a secret.
bool NamesCredential(absl::string_view key) {
  static constexpr absl::string_view kNames[] = {
      "api_secret", "secret",     "secret_key", "merchant_secret", "api_key",
      "password",   "passphrase", "credential", "credentials",     "private_key"};
  return std::find(std::begin(kNames), std::end(kNames), key) != std::end(kNames);
}

int MarkedLine(const YAML::Node& node) { return node.Mark().line + 1; }

// yaml-cpp marks plain scalars with the tag "?" and quoted ones with "!".
bool IsPlainScalar(const YAML::Node& node) { return node.IsScalar() && node.Tag() == "?"; }

// Without sign, and without the leading zero that some readers of YAML take for octal.
bool IsPlainNumber(absl::string_view text) {
  return !text.empty() && (text == "0" || text[0] != '0') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

bool HasControlCharacter(absl::string_view text, bool line_feeds) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0) return true;
    const bool allowed = text[0] == '\n' && line_feeds;
    if (!allowed && absl::ascii_iscntrl(static_cast<unsigned char>(text[0]))) return true;
    text.remove_prefix(size);
  }
  return false;
}

}  // namespace

RouteSection::RouteSection(const YAML::Node& map, int line, std::string path,
                           std::vector<RouteMistake>& mistakes)
    : line_(line), path_(std::move(path)), mistakes_(mistakes) {
  if (!map.IsMap()) return;
  for (const auto& entry : map) {
    const int entry_line = MarkedLine(entry.first);
    if (!entry.first.IsScalar()) {
      Note(entry_line, "", "a key must be a plain word");
      continue;
    }
    if (!values_.insert({entry.first.Scalar(), Value{entry.second, entry_line}}).second) {
      Note(entry_line, entry.first.Scalar(), "this key stands here twice");
    }
  }
}

bool RouteSection::Has(absl::string_view key) const { return values_.find(key) != values_.end(); }

std::string RouteSection::RequiredText(const char* key, size_t max_size, TextRule rule) {
  return TakeText(key, kRequired, {max_size, rule}).value_or("");
}

std::string RouteSection::RequiredLines(const char* key, size_t max_size, TextRule rule) {
  return TakeText(key, kRequired, {max_size, rule, true}).value_or("");
}

std::string RouteSection::Text(const char* key, absl::string_view when_absent, size_t max_size,
                               TextRule rule) {
  return TakeText(key, kOptional, {max_size, rule}).value_or(std::string(when_absent));
}

std::vector<std::string> RouteSection::RequiredTexts(const char* key, size_t max_count,
                                                     size_t max_size, TextRule rule) {
  std::vector<std::string> texts;
  const YAML::Node* node = Take(key, kRequired);
  if (node == nullptr) return texts;
  if (!node->IsSequence() || node->size() == 0) {
    Note(LineOf(*node, key), key, "this must be a list of at least one text");
    return texts;
  }
  if (node->size() > max_count) {
    Note(LineOf(*node, key), key, "this list is too long");
    return texts;
  }
  for (const YAML::Node& item : *node) {
    if (!IsGoodText(item, key, {max_size, rule})) continue;
    if (std::find(texts.begin(), texts.end(), item.Scalar()) != texts.end()) {
      Note(LineOf(item, key), key, "this stands in the list twice");
      continue;
    }
    texts.push_back(item.Scalar());
  }
  return texts;
}

bool RouteSection::Flag(const char* key, bool when_absent) {
  const YAML::Node* node = Take(key, kOptional);
  if (node == nullptr) return when_absent;
  if (IsPlainScalar(*node) && node->Scalar() == "true") return true;
  if (IsPlainScalar(*node) && node->Scalar() == "false") return false;
  Note(LineOf(*node, key), key, "this must be true or false");
  return when_absent;
}

absl::Duration RouteSection::Duration(const char* key, absl::Duration when_absent,
                                      absl::Duration min, absl::Duration max) {
  const YAML::Node* node = Take(key, kOptional);
  if (node == nullptr) return when_absent;
  absl::Duration duration;
  if (!IsPlainScalar(*node) || !absl::ParseDuration(node->Scalar(), &duration)) {
    Note(LineOf(*node, key), key, "this must be a duration with its unit, such as 5s or 500ms");
    return when_absent;
  }
  if (duration < min || duration > max) {
    Note(LineOf(*node, key), key, "this duration is outside its limits");
    return when_absent;
  }
  return duration;
}

std::optional<absl::Duration> RouteSection::DurationOrNever(
    const char* key, std::optional<absl::Duration> when_absent, absl::Duration min,
    absl::Duration max) {
  const auto found = values_.find(absl::string_view(key));
  if (found == values_.end()) return when_absent;
  if (IsPlainScalar(found->second.node) && found->second.node.Scalar() == "never") {
    found->second.asked_for = true;
    return std::nullopt;
  }
  return Duration(key, when_absent.value_or(min), min, max);
}

std::optional<int64_t> RouteSection::Number(const char* key, int64_t min, int64_t max) {
  const YAML::Node* node = Take(key, kOptional);
  if (node == nullptr) return std::nullopt;
  int64_t number = 0;
  if (!IsPlainScalar(*node) || !IsPlainNumber(node->Scalar())) {
    Note(LineOf(*node, key), key, "this must be a number of plain decimal digits");
    return std::nullopt;
  }
  if (!absl::SimpleAtoi(node->Scalar(), &number) || number < min || number > max) {
    Note(LineOf(*node, key), key, "this number is outside its limits");
    return std::nullopt;
  }
  return number;
}

std::optional<size_t> RouteSection::RequiredWord(const char* key,
                                                 const std::vector<absl::string_view>& words) {
  return TakeWord(key, kRequired, words);
}

size_t RouteSection::Word(const char* key, size_t when_absent,
                          const std::vector<absl::string_view>& words) {
  return TakeWord(key, kOptional, words).value_or(when_absent);
}

RouteSection RouteSection::Section(const char* key, Presence presence) {
  const std::string path = absl::StrCat(path_, key, ".");
  const YAML::Node* node = Take(key, presence);
  if (node == nullptr) return RouteSection(YAML::Node(), line_, path, mistakes_);
  if (!node->IsMap()) Note(LineOf(*node, key), key, "this must be a mapping of keys to values");
  return RouteSection(*node, values_.find(key)->second.line, path, mistakes_);
}

std::vector<RouteSection::Entry> RouteSection::Entries() {
  std::vector<Entry> entries;
  for (auto& [key, value] : values_) {
    value.asked_for = true;
    if (!IsPlainScalar(value.node)) {
      Note(value.line, key, "this must be a plain word or number");
      continue;
    }
    entries.push_back({key, value.node.Scalar()});
  }
  return entries;
}

std::vector<std::string> RouteSection::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : values_) keys.push_back(key);
  return keys;
}

void RouteSection::AddMistake(absl::string_view key, ErrorText problem) {
  const auto found = values_.find(key);
  Note(found == values_.end() ? line_ : found->second.line, key, problem.c_str());
}

void RouteSection::RefuseUnknownKeys() {
  for (const auto& [key, value] : values_) {
    if (value.asked_for) continue;
    Note(value.line, key,
         NamesCredential(key)
             ? "credentials do not stand in a route document: set them with `cardvault route "
               "credential set`"
             : "there is no such key here");
  }
}

const YAML::Node* RouteSection::Take(const char* key, Presence presence) {
  const auto found = values_.find(absl::string_view(key));
  if (found == values_.end()) {
    if (presence == kRequired) Note(line_, key, "this key is missing");
    return nullptr;
  }
  found->second.asked_for = true;
  return &found->second.node;
}

std::optional<std::string> RouteSection::TakeText(const char* key, Presence presence,
                                                  const Limits& limits) {
  const YAML::Node* node = Take(key, presence);
  if (node == nullptr || !IsGoodText(*node, key, limits)) return std::nullopt;
  return node->Scalar();
}

std::optional<size_t> RouteSection::TakeWord(const char* key, Presence presence,
                                             const std::vector<absl::string_view>& words) {
  const YAML::Node* node = Take(key, presence);
  if (node == nullptr) return std::nullopt;
  const auto word = node->IsScalar()
                        ? std::find(words.begin(), words.end(), absl::string_view(node->Scalar()))
                        : words.end();
  if (word != words.end()) return static_cast<size_t>(word - words.begin());
  Note(LineOf(*node, key), key, "this is none of the words that are taken here");
  return std::nullopt;
}

bool RouteSection::IsGoodText(const YAML::Node& node, absl::string_view key, const Limits& limits) {
  const char* problem = nullptr;
  if (!node.IsScalar()) {
    problem = "this must be a text";
  } else if (node.Scalar().empty()) {
    problem = "this must not be empty";
  } else if (node.Scalar().size() > limits.max_size) {
    problem = "this text is too long";
  } else if (HasControlCharacter(node.Scalar(), limits.line_feeds)) {
    problem = "this text holds a control character or is not UTF-8";
  } else if (HoldsCardNumber(node.Scalar())) {
    problem = "this text holds a card number";
  } else if (limits.rule != nullptr) {
    problem = limits.rule(node.Scalar());
  }
  if (problem != nullptr) Note(LineOf(node, key), key, problem);
  return problem == nullptr;
}

int RouteSection::LineOf(const YAML::Node& node, absl::string_view key) const {
  // A value that is not there is marked where the next thing stands.
  return node.IsNull() ? values_.find(key)->second.line : MarkedLine(node);
}

void RouteSection::Note(int line, absl::string_view key, const char* problem) {
  if (mistakes_.size() >= kMaxRouteMistakes) return;
  const std::string shown = key.empty() ? path_.substr(0, path_.size() - !path_.empty())
                                        : absl::StrCat(path_, ShownKey(key));
  mistakes_.push_back({line, shown, problem});
}

}  // namespace cardvault
