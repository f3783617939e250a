#include "sandbox/order_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/random_uuid.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

constexpr size_t kShownIdBytesMax = 100;

// A refund that failed takes nothing from what is left to refund.
bool IsFailed(absl::string_view state) {
  return state == "declined" || state == "rejected" || state == "cancelled" || state == "error";
}

JsonValue CountsOf(const std::map<std::string, int64_t>& counts) {
  JsonValue object = JsonValue::Object();
  for (const auto& [name, count] : counts) object.Set(name, JsonValue::Number(count));
  return object;
}

}  // namespace

OrderBook::OrderBook(absl::string_view approved_state, absl::string_view sale_kind,
                     Listener listener)
    : approved_state_(approved_state), sale_kind_(sale_kind), listener_(std::move(listener)) {}

BookResult OrderBook::Book(Order& order) {
  absl::MutexLock lock(&mutex_);
  if (orders_.count(order.id) != 0) return BookResult::kDuplicate;
  if (orders_.size() >= kOrderCountMax) return BookResult::kFull;
  if (!order.reference_id.empty()) {
    const BookResult refund = CheckRefund(order);
    if (refund != BookResult::kBooked) return refund;
    refunds_by_trace_[order.reference_id].push_back(order.id);
  }
  order.uuid = RandomUuid();
  AddTrace(order);
  orders_.emplace(order.id, order);
  listener_(order);
  return BookResult::kBooked;
}

BookResult OrderBook::CheckRefund(const Order& refund) const {
  const Order* original = FindByTraceLocked(refund.reference_id);
  if (original == nullptr || original->kind != sale_kind_ || original->state != approved_state_ ||
      absl::StrCat(original->trace_ids.back()) != refund.reference_id) {
    return BookResult::kNoOriginal;
  }
  if ((!refund.last4.empty() && original->last4 != refund.last4) ||
      original->currency != refund.currency) {
    return BookResult::kOtherCard;
  }
  const int64_t left = original->settled_amount.value_or(original->amount) - RefundedOf(*original);
  return refund.amount <= left ? BookResult::kBooked : BookResult::kMoreThanIsLeft;
}

int64_t OrderBook::RefundedOf(const Order& order) const {
  const auto refunds = refunds_by_trace_.find(absl::StrCat(order.trace_ids.back()));
  if (refunds == refunds_by_trace_.end()) return 0;
  int64_t refunded = 0;
  for (const std::string& id : refunds->second) {
    const Order& refund = orders_.at(id);
    if (!IsFailed(refund.state)) refunded += refund.amount;
  }
  return refunded;
}

const Order* OrderBook::FindByTraceLocked(absl::string_view trace_id) const {
  const auto id = id_by_trace_.find(std::string(trace_id));
  return id == id_by_trace_.end() ? nullptr : &orders_.at(id->second);
}

void OrderBook::AddTrace(Order& order) {
  order.trace_ids.push_back(next_trace_id_++);
  id_by_trace_.emplace(absl::StrCat(order.trace_ids.back()), order.id);
}

std::optional<Order> OrderBook::Find(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto order = orders_.find(std::string(id));
  if (order == orders_.end()) return std::nullopt;
  return order->second;
}

std::optional<Order> OrderBook::LookUp(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  return LookUpLocked(id);
}

std::optional<Order> OrderBook::LookUpByTrace(absl::string_view trace_id) {
  absl::MutexLock lock(&mutex_);
  const Order* order = FindByTraceLocked(trace_id);
  if (order == nullptr) return std::nullopt;
  return LookUpLocked(order->id);
}

std::optional<Order> OrderBook::LookUpLocked(absl::string_view id) {
  const auto found = orders_.find(std::string(id));
  if (found == orders_.end()) return std::nullopt;
  Order& order = found->second;
  const Order before = order;
  if (order.failing_lookups > 0) {
    --order.failing_lookups;
  } else if (order.lying_lookups > 0) {
    --order.lying_lookups;
  }
  return before;
}

bool OrderBook::Settle(absl::string_view id, absl::string_view state,
                       std::optional<int64_t> settled_amount) {
  absl::MutexLock lock(&mutex_);
  const auto found = orders_.find(std::string(id));
  if (found == orders_.end()) return false;
  if (settled_amount) found->second.settled_amount = settled_amount;
  Enter(found->second, state);
  return true;
}

void OrderBook::DecidePage(absl::string_view id, absl::string_view state) {
  absl::MutexLock lock(&mutex_);
  const auto found = orders_.find(std::string(id));
  if (found != orders_.end() && found->second.has_page) Enter(found->second, state);
}

std::optional<Order> OrderBook::Advance(absl::string_view trace_id, absl::string_view from,
                                        absl::string_view to) {
  absl::MutexLock lock(&mutex_);
  const auto id = id_by_trace_.find(std::string(trace_id));
  if (id == id_by_trace_.end()) return std::nullopt;
  Order& order = orders_.at(id->second);
  if (order.state != from || absl::StrCat(order.trace_ids.back()) != trace_id) return std::nullopt;
  Enter(order, to);
  return order;
}

void OrderBook::Enter(Order& order, absl::string_view state) {
  order.state = std::string(state);
  order.has_page = false;
  if (order.cascades) AddTrace(order);
  order.cascades = false;
  order.contradicting_state.clear();
  listener_(order);
}

void OrderBook::CountPost(absl::string_view id) {
  const bool shown = IsIdText(id) && id.size() <= kShownIdBytesMax && !HoldsCardNumber(id);
  absl::MutexLock lock(&mutex_);
  ++counts_.posts;
  if (posts_by_id_.size() >= kOrderCountMax) return;
  Posts& posts = posts_by_id_[shown ? std::string(id) : "(no order id)"];
  ++posts.count;
  if (shown && posts.count > 1) ++counts_.double_posts;
}

void OrderBook::NoteHandling(absl::string_view id, int64_t micros) {
  absl::MutexLock lock(&mutex_);
  const auto posts = posts_by_id_.find(std::string(id));
  if (posts != posts_by_id_.end()) posts->second.handling_micros = micros;
}

void OrderBook::CountRefusal(absl::string_view reason) {
  absl::MutexLock lock(&mutex_);
  ++counts_.refused;
  ++counts_.refusals[std::string(reason)];
}

void OrderBook::CountStatusCall() {
  absl::MutexLock lock(&mutex_);
  ++counts_.status_calls;
}

void OrderBook::CountRedirectFollowed() {
  absl::MutexLock lock(&mutex_);
  ++counts_.redirects_followed;
}

std::vector<OrderBook::Row> OrderBook::RowsOf(const OrderRange& range) const {
  std::vector<Row> rows;
  for (auto at = posts_by_id_.upper_bound(range.after);
       at != posts_by_id_.end() && rows.size() < range.count; ++at) {
    Row row{at->first, at->second, std::nullopt, 0};
    const auto booked = orders_.find(at->first);
    if (booked != orders_.end()) {
      row.order = booked->second;
      row.refunded = RefundedOf(booked->second);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

JsonValue OrderBook::EntryOf(const Row& row) {
  JsonValue entry = JsonValue::Object();
  entry.Set("posts", JsonValue::Number(row.posts.count));
  if (row.posts.handling_micros) {
    entry.Set("handling_us", JsonValue::Number(*row.posts.handling_micros));
  }
  entry.Set("booked", JsonValue::Number(row.order ? 1 : 0));
  if (!row.order) return entry;
  const Order& order = *row.order;
  entry.Set("kind", JsonValue::String(order.kind));
  entry.Set("state", JsonValue::String(order.state));
  entry.Set("amount", JsonValue::Number(order.amount));
  entry.Set("currency", JsonValue::String(order.currency));
  entry.Set("settled_amount",
            order.settled_amount ? JsonValue::Number(*order.settled_amount) : JsonValue::Null());
  entry.Set("refunded", JsonValue::Number(row.refunded));
  entry.Set("reference_id",
            order.reference_id.empty() ? JsonValue::Null() : JsonValue::String(order.reference_id));
  return entry;
}

JsonValue OrderBook::Stats(const OrderRange& range) const {
  Counts counts;
  size_t booked_count = 0;
  std::vector<Row> rows;
  bool has_more = false;
  {
    // Only copied under the lock: writing many orders takes long, and payments go on.
    absl::MutexLock lock(&mutex_);
    counts = counts_;
    booked_count = orders_.size();
    rows = RowsOf(range);
    has_more = !rows.empty() && rows.back().id != posts_by_id_.rbegin()->first;
  }
  JsonValue orders = JsonValue::Object();
  for (const Row& row : rows) orders.Set(row.id, EntryOf(row));
  JsonValue stats = JsonValue::Object();
  stats.Set("posts", JsonValue::Number(counts.posts));
  stats.Set("booked", JsonValue::Number(static_cast<int64_t>(booked_count)));
  stats.Set("double_posts", JsonValue::Number(counts.double_posts));
  stats.Set("refused", JsonValue::Number(counts.refused));
  stats.Set("refusals", CountsOf(counts.refusals));
  stats.Set("status_calls", JsonValue::Number(counts.status_calls));
  stats.Set("redirects_followed", JsonValue::Number(counts.redirects_followed));
  stats.Set("orders", std::move(orders));
  if (has_more) stats.Set("next", JsonValue::String(rows.back().id));
  return stats;
}

void OrderBook::Reset() {
  absl::MutexLock lock(&mutex_);
  orders_.clear();
  id_by_trace_.clear();
  refunds_by_trace_.clear();
  posts_by_id_.clear();
  counts_ = Counts();
}

}  // namespace cardvault::sandbox
