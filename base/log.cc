#include "base/log.h"

#include <errno.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/utf8.h"

namespace cardvault {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

// Appends `text` as a JSON string (RFC 8259). Bytes that are not UTF-8 become U+FFFD, so that the
// line is always valid.
void AppendJsonString(std::string& out, absl::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const char c = text[0];
    size_t used = 1;
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[7];
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
      out.append(escape);
    } else if (const size_t size = Utf8SequenceSize(text); size > 0) {
      out.append(text.data(), size);
      used = size;
    } else {
      out.append("\\ufffd");
    }
    text.remove_prefix(used);
  }
  out.push_back('"');
}

void AppendKey(std::string& line, FieldName name) {
  line.push_back(',');
  AppendJsonString(line, name.view());
  line.push_back(':');
}

// One write(2) a line, not spdlog: the line is complete, levels are two comparisons, and rotation
// is the service manager's. A library's sink would add a second buffer that holds the text and
// formatters that take any string, which is what this logger exists to refuse.
void WriteLine(absl::string_view line) {
  ABSL_CONST_INIT static absl::Mutex mutex(absl::kConstInit);
  absl::MutexLock lock(&mutex);  // a write that is cut short is finished before the next line
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written > 0) {
      line.remove_prefix(static_cast<size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return;  // nobody reads: there is no place left to say so
    }
  }
}

}  // namespace

void SetLogLevel(LogLevel level) { g_level.store(level, std::memory_order_relaxed); }

LogEvent::LogEvent(LogLevel level, ErrorText event) : level_(level) {
  line_ = "{\"time\":";
  AppendJsonString(line_,
                   absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()));
  line_.append(",\"level\":");
  AppendJsonString(line_, LevelName(level_));
  line_.append(",\"event\":");
  AppendJsonString(line_, event.view());
}

LogEvent::~LogEvent() {
  if (level_ < g_level.load(std::memory_order_relaxed)) return;
  line_.append("}\n");
  WriteLine(line_);
}

LogEvent& LogEvent::With(FieldName name, ErrorText literal) {
  return WithSafe(name, literal.view());
}

LogEvent& LogEvent::With(FieldName name, absl::Duration value) {
  return WithSafe(name, absl::FormatDuration(value));
}

LogEvent& LogEvent::With(FieldName name, const absl::Status& status) {
  AppendKey(line_, name);
  line_.append("{\"code\":");
  AppendJsonString(line_, absl::StatusCodeToString(status.code()));
  // A text is a literal of ours only when the makers of base/status.h put a reason in. What a
  // library wrote is not shown: it may quote what it was given.
  if (const ErrorReason reason = ReasonOf(status); reason != ErrorReason::kUnspecified) {
    line_.append(",\"reason\":");
    AppendJsonString(line_, ReasonName(reason));
    if (const absl::string_view field = FieldOf(status); !field.empty()) {
      line_.append(",\"field\":");
      AppendJsonString(line_, field);
    }
    line_.append(",\"text\":");
    AppendJsonString(line_, status.message());
  }
  line_.push_back('}');
  return *this;
}

LogEvent& LogEvent::WithBool(FieldName name, bool value) {
  AppendKey(line_, name);
  line_.append(value ? "true" : "false");
  return *this;
}

LogEvent& LogEvent::WithSigned(FieldName name, long long value) {
  AppendKey(line_, name);
  absl::StrAppend(&line_, value);
  return *this;
}

LogEvent& LogEvent::WithUnsigned(FieldName name, unsigned long long value) {
  AppendKey(line_, name);
  absl::StrAppend(&line_, value);
  return *this;
}

LogEvent& LogEvent::WithSafe(FieldName name, absl::string_view value) {
  AppendKey(line_, name);
  AppendJsonString(line_, value);
  return *this;
}

}  // namespace cardvault
