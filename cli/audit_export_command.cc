#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "audit/checkpoint.h"
#include "audit/export/export_writer.h"
#include "audit/export/resume_point.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cli/audit_wire.h"
#include "cli/commands.h"
#include "cli/entry_bar.h"
#include "cli/entry_format.h"
#include "cli/output_file.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::AuditService;
using admin::v1::ExportRequest;
using admin::v1::ExportResponse;

struct ExportOptions {
  std::string out;
  EntryFormat format = EntryFormat::kJsonLines;
  std::optional<uint64_t> from;
  std::optional<uint64_t> to;
  std::string since;
  std::string until;
  std::string principal;
  std::string object;
  std::string action;
  std::string checkpoint_from;
  bool resume = false;
};

// Sequences are beyond no log.
constexpr NumberRange kSequences = {0, std::numeric_limits<int64_t>::max() - 1, "an entry"};

bool ReadTime(const std::string& text, google::protobuf::Timestamp* out) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) &&
      !absl::ParseTime("%Y-%m-%d", text, &time, nullptr)) {
    return false;
  }
  out->set_seconds(absl::ToUnixSeconds(time));
  out->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(out->seconds()))));
  return true;
}

// The size of the last checkpoint in a file of notes, an empty line between two. Its signatures are
// the verifier's to look at.
std::optional<uint64_t> SizeOfLast(const std::string& notes) {
  std::optional<uint64_t> size;
  for (const absl::string_view block : absl::StrSplit(notes, "\n\n")) {
    const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(absl::StrCat(block, "\n"));
    if (checkpoint.ok()) size = checkpoint->size;
  }
  return size;
}

// Asks until all of an export is there, and writes it.
class Exporter final {
 public:
  Exporter(const Session& session, const ExportOptions& options, OutputFile& file)
      : session_(session),
        options_(options),
        file_(file),
        writer_([this](absl::string_view lines) { return file_.Write(lines); }) {}

  void Resume(const ResumePoint& point) {
    resumed_ = true;
    origin_ = point.header.origin;
    shown_.set_origin(point.header.origin);
    shown_.set_first(point.header.first);
    shown_.set_end(point.header.end);
    shown_.set_size(point.header.size);
    next_ = point.next;
    bar_.emplace(point.next - point.header.first);
    writer_.Resume(point);
  }

  int Run(AuditService::Stub& stub, ExportRequest request) {
    if (options_.format != EntryFormat::kJsonLines) Keep(file_.Write(FirstLine(options_.format)));
    while (!resumed_ || next_ < shown_.end()) {
      if (resumed_) Continue(request);
      grpc::ClientContext context;  // without a deadline: the log may be long
      const auto stream = stub.Export(&context, request);
      ExportResponse response;
      const uint64_t before = next_;
      while (problem_.empty() && stream->Read(&response)) Take(response);
      if (!problem_.empty()) context.TryCancel();
      const grpc::Status status = stream->Finish();
      if (!problem_.empty()) break;
      if (!status.ok()) return CutShort(session_.Refuse(status, context));
      if (!resumed_ || next_ == before) {
        problem_ = "the server ended the export before its end";
        break;
      }
    }
    if (problem_.empty() && options_.format == EntryFormat::kJsonLines) Keep(writer_.End());
    if (problem_.empty()) Keep(file_.Finish());
    if (problem_.empty()) return kOk;
    std::cerr << "cardvault: " << problem_ << "\n";
    return CutShort(kRefused);
  }

  // With the first call's answer, for --json.
  const admin::v1::ExportHeader& header() const { return shown_; }
  uint64_t entry_count() const { return entry_count_; }

 private:
  void Keep(const absl::Status& status) {
    if (!status.ok() && problem_.empty()) problem_ = std::string(status.message());
  }

  int CutShort(int exit_code) const {
    (void)file_.Finish();
    if (options_.format == EntryFormat::kJsonLines && resumed_ && !shown_.filtered() &&
        options_.out != "-") {
      std::cerr << "cut short: go on with `cardvault audit export --resume --out " << options_.out
                << "`\n";
    }
    return exit_code;
  }

  // The next call goes on under the checkpoint of the first.
  void Continue(ExportRequest& request) const {
    request.clear_since();
    request.clear_until();
    request.clear_consistency_from();
    request.set_first(next_);
    request.set_end(shown_.end());
    request.set_checkpoint_size(shown_.size());
  }

  void TakeHeader(const admin::v1::ExportHeader& header) {
    if (resumed_) {
      if (header.origin() != origin_) problem_ = "the server has another log than the export is of";
      return;
    }
    resumed_ = true;
    origin_ = header.origin();
    shown_ = header;
    next_ = header.first();
    if (options_.format != EntryFormat::kJsonLines) return;
    ExportHeader written;
    if (!ReadHeader(header, written)) {
      problem_ = "the server answers in a form that this program does not know";
      return;
    }
    if (!options_.action.empty()) written.filter.emplace_back("action", options_.action);
    if (!options_.object.empty()) written.filter.emplace_back("object", options_.object);
    if (!options_.principal.empty()) written.filter.emplace_back("principal", options_.principal);
    Keep(writer_.Begin(written));
  }

  void Take(const ExportResponse& response) {
    if (response.has_header()) TakeHeader(response.header());
    for (const admin::v1::AuditEntry& shown : response.entries()) {
      if (!problem_.empty()) return;
      TakeEntry(shown);
    }
    if (problem_.empty() && response.has_segment() && options_.format == EntryFormat::kJsonLines) {
      ExportSegment segment;
      Keep(ReadSegment(response.segment(), segment)
               ? writer_.Segment(segment)
               : Unimplemented(ErrorReason::kNotOffered, "the server sent a segment of no form"));
    }
    next_ = response.next();
    bar_->Show(next_ - shown_.first(), shown_.end() - shown_.first());
  }

  void TakeEntry(const admin::v1::AuditEntry& shown) {
    AuditEntry entry;
    TreeProof proof;
    if (!ReadEntry(shown, entry) || !ReadProof(shown.inclusion(), proof)) {
      problem_ = "the server has entries that this program does not know: it is too old for it";
      return;
    }
    ++entry_count_;
    Keep(options_.format == EntryFormat::kJsonLines
             ? writer_.Entry(entry, shown_.filtered() ? &proof : nullptr)
             : file_.Write(EntryLine(options_.format, entry)));
  }

  const Session& session_;
  const ExportOptions& options_;
  OutputFile& file_;
  ExportWriter writer_;
  std::optional<EntryBar> bar_ = std::make_optional<EntryBar>();
  bool resumed_ = false;  // the header is known: what comes goes on under it
  std::string origin_;
  admin::v1::ExportHeader shown_;
  uint64_t next_ = 0;
  uint64_t entry_count_ = 0;
  std::string problem_;
};

// "" when the options make a request.
std::string ReadRequest(const ExportOptions& options, ExportRequest& request) {
  if (options.from.has_value()) request.set_first(*options.from);
  if (options.to.has_value()) request.set_end(*options.to + 1);
  if ((!options.since.empty() && !ReadTime(options.since, request.mutable_since())) ||
      (!options.until.empty() && !ReadTime(options.until, request.mutable_until()))) {
    return "times are written as 2026-11-01 or 2026-11-01T08:30:00Z";
  }
  request.set_principal(options.principal);
  request.set_object(options.object);
  request.set_action(options.action);
  if (options.checkpoint_from.empty()) return "";
  std::string notes;
  const std::string problem = ReadTextFile(options.checkpoint_from, notes);
  if (!problem.empty()) return absl::StrCat("--checkpoint-from: the file ", problem);
  const std::optional<uint64_t> size = SizeOfLast(notes);
  if (!size.has_value()) return "--checkpoint-from: there is no checkpoint in the file";
  request.set_consistency_from(*size);
  return "";
}

int Show(const Session& session, const ExportOptions& options, const Exporter& exporter) {
  if (options.out == "-") return kOk;
  const admin::v1::ExportHeader& header = exporter.header();
  return session.Show(header, [&] {
    return Details({{"log", header.origin()},
                    {header.filtered() ? "looked at" : "entries",
                     absl::StrCat(header.first(), "..", header.end() - 1)},
                    {"found", header.filtered() ? absl::StrCat(exporter.entry_count()) : ""},
                    {"checkpoint of", absl::StrCat(header.size(), " entries")},
                    {"file", options.out}});
  });
}

int Export(Session& session, const ExportOptions& options) {
  const bool is_file = options.out != "-";
  ExportRequest request;
  const std::string mistake = ReadRequest(options, request);
  if (!mistake.empty()) return Session::Misused(mistake);
  ResumePoint point;
  if (options.resume) {
    if (!is_file || options.format != EntryFormat::kJsonLines || request.ByteSizeLong() > 0) {
      return Session::Misused("--resume goes with --out FILE alone: the file says what it is of");
    }
    absl::StatusOr<ResumePoint> found = FindResumePoint(options.out);
    if (!found.ok()) {
      return Session::Misused(absl::StrCat("--resume: ", found.status().message()));
    }
    point = *std::move(found);
    if (point.complete) return Session::Print("nothing is missing\n");
  }
  const auto channel = session.Connect("auditor", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  std::string problem;
  const std::unique_ptr<OutputFile> file = OutputFile::Open(
      options.out, options.resume ? OutputFile::Mode::kCut : OutputFile::Mode::kNew, point.offset,
      problem);
  if (file == nullptr) return Session::Misused(problem);
  Exporter exporter(session, options, *file);
  if (options.resume) exporter.Resume(point);
  const int exit_code = exporter.Run(*AuditService::NewStub(channel), std::move(request));
  return exit_code == kOk ? Show(session, options, exporter) : exit_code;
}

}  // namespace

void AddAuditExportVerb(CLI::App& audit, Session& session, int& exit_code) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb = audit.add_subcommand(
      "export",
      "write entries of the audit log with what proves them, under a signed checkpoint\n"
      "With --principal, --object or --action some of them, each with its own proof.\n"
      "Example: cardvault audit export --since 2026-11-01 --until 2026-12-01 --out 2026-11.jsonl\n"
      "         cardvault audit export --out 2026-11.jsonl --resume\n"
      "         cardvault audit export --action payment.intended --out - | less");
  verb->add_option("--out", options->out, "a new file, or - for standard output")->required();
  AddNumber(verb, "--from", options->from, kSequences, "the first entry; by default 0");
  AddNumber(verb, "--to", options->to, kSequences, "the last entry; by default all of now");
  verb->add_option("--since", options->since, "a time or a day (UTC), in the place of --from");
  verb->add_option("--until", options->until, "a time or a day (UTC), which is not in it");
  verb->add_option("--principal", options->principal, "who did it: exactly this identity");
  verb->add_option("--object", options->object, "to what it was done: exactly this");
  verb->add_option("--action", options->action, "what was done: payment.intended");
  AddFormatOption(*verb, options->format);
  verb->add_option("--checkpoint-from", options->checkpoint_from,
                   "a file with your earlier checkpoint: the export then proves that the log "
                   "continues what it was");
  verb->add_flag("--resume", options->resume,
                 "go on with a file that was cut short, behind its last whole segment");
  verb->callback([&session, &exit_code, options] { exit_code = Export(session, *options); });
}

}  // namespace cardvault::cli
