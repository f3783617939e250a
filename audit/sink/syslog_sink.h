#ifndef CARDVAULT_AUDIT_SINK_SYSLOG_SINK_H_
#define CARDVAULT_AUDIT_SINK_SYSLOG_SINK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "audit/sink/checkpoint_sink.h"

namespace cardvault {

// The machine's syslog, which sends it to other machines: one message for each checkpoint, facility
// local0, severity notice, `cardvault-checkpoint: ` and the note with its newlines written as the
// two characters `\n`; `printf '%b'` makes them newlines again. A message is taken by the daemon or
// refused at once; what the daemon does with it is not known here. Thread-safe.
class SyslogSink final : public CheckpointSink {
 public:
  // `socket_path`: where the daemon listens for datagrams.
  explicit SyslogSink(std::string socket_path);
  ~SyslogSink() override;
  SyslogSink(const SyslogSink&) = delete;
  SyslogSink& operator=(const SyslogSink&) = delete;

  absl::string_view kind() const override { return "syslog"; }
  absl::Status Append(absl::string_view note) override;
  absl::Status Probe() override;

 private:
  absl::Status Connect();

  const std::string socket_path_;
  int fd_ = -1;  // Append's alone
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_SINK_SYSLOG_SINK_H_
