#ifndef CARDVAULT_BASE_LOG_H_
#define CARDVAULT_BASE_LOG_H_

#include <concepts>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error_text.h"

namespace cardvault {

// A type is loggable when its room says so by a SafeForLog(const T&) beside it.
template <typename T>
concept SafeToLog = requires(const T& value) {
  { SafeForLog(value) } -> std::convertible_to<absl::string_view>;
};

// One line of the process log, as a JSON object on standard error. An allow-list: there is no way
// to put a run-time string in, only integers, booleans, durations, literals, statuses made by
// base/status.h (code, reason, field and literal text), and types whose room declares them safe.
//
//   LogEvent(LogLevel::kInfo, "server.listening").With("port", port);
//
// The line is written when the object dies. Thread-safe across objects.
enum class LogLevel { kDebug, kInfo, kWarning, kError };

class LogEvent final {
 public:
  LogEvent(LogLevel level, ErrorText event);
  LogEvent(const LogEvent&) = delete;
  LogEvent& operator=(const LogEvent&) = delete;
  ~LogEvent();

  template <std::integral T>
  LogEvent& With(FieldName name, T value) {
    if constexpr (std::is_same_v<T, bool>) {
      return WithBool(name, value);
    } else if constexpr (std::is_signed_v<T>) {
      return WithSigned(name, value);
    } else {
      return WithUnsigned(name, value);
    }
  }
  LogEvent& With(FieldName name, ErrorText literal);
  LogEvent& With(FieldName name, absl::Duration value);
  LogEvent& With(FieldName name, const absl::Status& status);
  template <SafeToLog T>
  LogEvent& With(FieldName name, const T& value) {
    return WithSafe(name, SafeForLog(value));
  }

 private:
  LogEvent& WithBool(FieldName name, bool value);
  LogEvent& WithSigned(FieldName name, long long value);
  LogEvent& WithUnsigned(FieldName name, unsigned long long value);
  LogEvent& WithSafe(FieldName name, absl::string_view value);

  LogLevel level_;
  std::string line_;
};

// Lines below `level` are dropped. Default kInfo.
void SetLogLevel(LogLevel level);

// A path from the operator's own configuration: what start-up errors must name. Not for anything
// that came over the network.
struct ConfiguredPath {
  std::string path;
  friend absl::string_view SafeForLog(const ConfiguredPath& p) { return p.path; }
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_LOG_H_
