#ifndef CARDVAULT_TESTS_TESTING_STATUS_MATCHERS_H_
#define CARDVAULT_TESTS_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

// Matchers for absl::Status and absl::StatusOr:
//
//   EXPECT_THAT(F(), IsOk());
//   EXPECT_THAT(F(), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound));
//   EXPECT_THAT(G(), IsOkAndHolds(Eq(3)));
//
// They print code, reason, field and text of a status, and never the value that a StatusOr holds:
// it may be a secret, and GoogleTest would dump the bytes of a type that it cannot print. For the
// same reason a matcher inside IsOkAndHolds explains nothing.

namespace absl {

// GoogleTest prints what it compares; without this it would dump the bytes of a StatusOr, the
// value's among them. Found by argument-dependent look-up, hence in this namespace.
template <typename T>
void PrintTo(const StatusOr<T>& result, std::ostream* os) {
  *os << "StatusOr: " << ::absl::StatusCodeToString(result.status().code());
  if (result.ok()) *os << " (value not shown)";
}

}  // namespace absl

namespace cardvault {
namespace testing_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

inline std::string Describe(const absl::Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  if (!status.ok()) {
    const absl::string_view reason = ReasonName(ReasonOf(status));
    const absl::string_view field = FieldOf(status);
    text.append(" reason=").append(reason.data(), reason.size());
    text.append(" field=").append(field.data(), field.size());
    text.append(" text=\"").append(std::string(status.message())).append("\"");
  }
  return text;
}

struct Expectation {
  absl::StatusCode code;
  bool any_reason;
  ErrorReason reason;
};

class StatusMatcher final {
 public:
  explicit StatusMatcher(Expectation expected) : expected_(expected) {}

  template <typename T>
  operator ::testing::Matcher<T>() const {  // NOLINT(google-explicit-constructor)
    return ::testing::Matcher<T>(new Impl<T>(expected_));
  }

 private:
  template <typename T>
  class Impl final : public ::testing::MatcherInterface<T> {
   public:
    explicit Impl(Expectation expected) : expected_(expected) {}
    bool MatchAndExplain(T value, ::testing::MatchResultListener* listener) const override {
      const absl::Status& status = StatusOf(value);
      *listener << "which is " << Describe(status);
      return status.code() == expected_.code &&
             (expected_.any_reason || ReasonOf(status) == expected_.reason);
    }
    void DescribeTo(std::ostream* os) const override {
      *os << "is " << absl::StatusCodeToString(expected_.code);
      if (!expected_.any_reason) *os << " with reason " << ReasonName(expected_.reason);
    }

   private:
    const Expectation expected_;
  };

  Expectation expected_;
};

template <typename Inner>
class HoldsMatcher final {
 public:
  explicit HoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename T>
  operator ::testing::Matcher<T>() const {  // NOLINT(google-explicit-constructor)
    return ::testing::Matcher<T>(new Impl<T>(inner_));
  }

 private:
  template <typename T>
  class Impl final : public ::testing::MatcherInterface<T> {
   public:
    using Value = typename std::decay_t<T>::value_type;

    explicit Impl(const Inner& inner) : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}
    bool MatchAndExplain(T value, ::testing::MatchResultListener* listener) const override {
      *listener << "which is " << Describe(value.status());
      if (!value.ok()) return false;
      if (inner_.Matches(*value)) return true;
      *listener << " with another value (not shown)";
      return false;
    }
    void DescribeTo(std::ostream* os) const override {
      *os << "is OK and holds what the inner matcher wants";
    }

   private:
    const ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

}  // namespace testing_internal

inline testing_internal::StatusMatcher IsOk() {
  return testing_internal::StatusMatcher({absl::StatusCode::kOk, true, ErrorReason::kUnspecified});
}

inline testing_internal::StatusMatcher StatusIs(absl::StatusCode code) {
  return testing_internal::StatusMatcher({code, true, ErrorReason::kUnspecified});
}

inline testing_internal::StatusMatcher StatusIs(absl::StatusCode code, ErrorReason reason) {
  return testing_internal::StatusMatcher({code, false, reason});
}

template <typename Inner>
testing_internal::HoldsMatcher<Inner> IsOkAndHolds(Inner inner) {
  return testing_internal::HoldsMatcher<Inner>(std::move(inner));
}

}  // namespace cardvault

#endif  // CARDVAULT_TESTS_TESTING_STATUS_MATCHERS_H_
