#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/import_columns.h"
#include "cli/import_input.h"
#include "cli/import_results.h"
#include "cli/line_reader.h"
#include "cli/progress_bar.h"
#include "cli/secret_input.h"

namespace cardvault::cli {
namespace {

constexpr int kRowsPerMessage = 100;  // as many as the server takes
constexpr int kToldProblems = 20;     // lines that are told of one by one
constexpr absl::Duration kBarInterval = absl::Milliseconds(500);

struct ImportOptions {
  std::string file;  // "": standard input
  std::string import_id;
  std::string format = "detect";
  std::string duplicates = "skip";
  std::string results;
  std::vector<std::string> maps;
  bool accept_expired = false;
  bool resume = false;
};

// Set by SIGINT and SIGTERM: nothing more is read.
std::atomic<bool> stop_reading = false;

void OnSignal(int) { stop_reading.store(true); }

void ListenToSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;  // without SA_RESTART: a read that waits is ended
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// An input that anybody else can read is one card file too many. Its descriptor, or -1 with the
// mistake; `size` is 0 when it is not known.
int OpenInput(const std::string& path, int64_t& size, std::string& mistake) {
  struct stat about {};
  if (path.empty()) {
    if (isatty(STDIN_FILENO) == 1) {
      mistake =
          "cards are read from standard input: pipe them in, as your-source | cardvault card "
          "import ...";
      return -1;
    }
    if (fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode)) size = about.st_size;
    return STDIN_FILENO;
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 || fstat(fd, &about) != 0) {
    mistake = absl::StrCat("FILE cannot be read: ", strerror(errno));
  } else if (about.st_uid != geteuid() || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    mistake =
        "FILE can be read by others than you: card numbers should be in no file at all; pipe "
        "them in, as your-source | cardvault card import ..., or at least chmod 600 FILE";
  } else {
    if (S_ISREG(about.st_mode)) size = about.st_size;
    return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

bool ToSettings(const ImportOptions& options, v1::ImportSettings& settings) {
  settings.set_import_id(options.import_id);
  settings.set_accept_expired(options.accept_expired);
  if (options.duplicates == "skip") {
    settings.set_duplicates(v1::DUPLICATE_POLICY_SKIP);
  } else if (options.duplicates == "update") {
    settings.set_duplicates(v1::DUPLICATE_POLICY_UPDATE);
  } else if (options.duplicates == "refuse") {
    settings.set_duplicates(v1::DUPLICATE_POLICY_REFUSE);
  } else {
    return false;
  }
  return true;
}

// Where results go: the file, or standard output. Told of by two threads.
class Results final {
 public:
  Results(const Session& session, ResultsFile* file, int64_t size)
      : json_(session.json), file_(file), size_(size) {}

  void Tell(const v1::ImportResult& result) {
    absl::MutexLock lock(&mutex_);
    ++counts_[result.outcome()];
    const std::string line = ResultLine(result, file_ == nullptr && json_);
    if (file_ != nullptr) {
      written_ = file_->Write(line) && written_;
    } else {
      pending_ += line;
    }
  }

  // What standard output was not given yet, and the bar.
  void Show(uint64_t bytes_read) {
    absl::MutexLock lock(&mutex_);
    if (!pending_.empty()) written_ = Session::Print(pending_) == kOk && written_;
    pending_.clear();
    if (absl::Now() - shown_ < kBarInterval) return;
    shown_ = absl::Now();
    if (file_ != nullptr) written_ = file_->Flush() && written_;
    BarState state;
    state.what = "rows";
    state.done = done();
    const double seconds = absl::ToDoubleSeconds(shown_ - begin_);
    if (seconds > 0) state.per_second = static_cast<double>(state.done) / seconds;
    if (size_ > 0 && bytes_read > 0) {
      // As many as the rest of the file has when its rows are as long as those before.
      const double part = static_cast<double>(bytes_read) / static_cast<double>(size_);
      state.total = static_cast<int64_t>(static_cast<double>(state.done) / part);
      if (state.per_second > 0) {
        state.seconds_left =
            static_cast<int64_t>(static_cast<double>(*state.total - state.done) / state.per_second);
      }
    }
    bar_.Show(state);
  }

  int64_t refused() {
    absl::MutexLock lock(&mutex_);
    return counts_[v1::IMPORT_OUTCOME_REFUSED];
  }
  bool written() {
    absl::MutexLock lock(&mutex_);
    return written_;
  }
  std::string Summary() {
    absl::MutexLock lock(&mutex_);
    return absl::StrCat(done(), " rows: ", counts_[v1::IMPORT_OUTCOME_CREATED], " created, ",
                        counts_[v1::IMPORT_OUTCOME_EXISTING], " existing, ",
                        counts_[v1::IMPORT_OUTCOME_UPDATED], " updated, ",
                        counts_[v1::IMPORT_OUTCOME_REFUSED], " refused");
  }

 private:
  int64_t done() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    int64_t sum = 0;
    for (const int64_t count : counts_) sum += count;
    return sum;
  }

  const bool json_;
  ResultsFile* const file_;
  const int64_t size_;
  const absl::Time begin_ = absl::Now();

  absl::Mutex mutex_;
  int64_t counts_[v1::ImportOutcome_ARRAYSIZE] ABSL_GUARDED_BY(mutex_) = {};
  std::string pending_ ABSL_GUARDED_BY(mutex_);
  bool written_ ABSL_GUARDED_BY(mutex_) = true;
  absl::Time shown_ ABSL_GUARDED_BY(mutex_) = absl::Now();
  ProgressBar bar_ ABSL_GUARDED_BY(mutex_);
};

// The numbers of a message that was sent, or never will be.
void Cleanse(v1::ImportCardsRequest& request) {
  for (v1::ImportRow& row : *request.mutable_rows()) {
    CleanseText(*row.mutable_number());
  }
  request.Clear();
}

using Stream = grpc::ClientReaderWriter<v1::ImportCardsRequest, v1::ImportCardsResponse>;

// Reads rows and sends them until the input or the call ends. False when the input cannot be read.
bool SendRows(ImportInput& input, const ImportColumns& columns, const v1::ImportSettings& settings,
              const ResultsFile* before, Results& results, Stream& stream) {
  v1::ImportCardsRequest request;
  *request.mutable_settings() = settings;
  int told = 0;
  bool sending = true;
  ImportInput::Got got = ImportInput::Got::kRow;
  while (sending) {
    got = input.Next();
    if (got != ImportInput::Got::kRow && got != ImportInput::Got::kBadRow) break;
    if (before != nullptr && before->IsDone(input.row())) continue;
    v1::ImportRow& row = *request.add_rows();
    const char* problem = input.problem();
    const char* field = "line";
    if (problem == nullptr) {
      field = columns.Fill(input.fields(), row);
      if (*field != '\0') problem = "it cannot be read";
    }
    if (problem != nullptr) {
      v1::ImportResult refused;
      refused.set_row(input.row());
      refused.set_outcome(v1::IMPORT_OUTCOME_REFUSED);
      refused.set_reason("FIELD_INVALID");
      refused.set_field(field);
      results.Tell(refused);
      if (++told <= kToldProblems) {
        std::cerr << absl::StrCat("line ", input.line(), ": ", field, ": ", problem, "\n");
      }
      CleanseText(*row.mutable_number());
      request.mutable_rows()->RemoveLast();
      continue;
    }
    row.set_row(input.row());
    if (row.external_id().empty()) row.set_external_id(absl::StrCat("row-", input.row()));
    if (request.rows_size() < kRowsPerMessage) continue;
    sending = stream.Write(request);
    Cleanse(request);
  }
  if (sending && (request.rows_size() > 0 || request.has_settings())) stream.Write(request);
  Cleanse(request);
  stream.WritesDone();
  return got != ImportInput::Got::kFailed;
}

int RunImport(Session& session, const ImportOptions& options, const ImportColumns& columns,
              ImportInput& input, const LineReader& lines, int64_t size, ResultsFile* file) {
  v1::ImportSettings settings;
  if (!ToSettings(options, settings)) {
    return Session::Misused("--duplicates is skip, update or refuse");
  }
  const auto channel = session.Connect("ingest", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  if (!session.Reach(*channel)) return kRefused;

  grpc::ClientContext context;  // without a deadline: it may take hours
  const auto stub = v1::TokenService::NewStub(channel);
  const std::unique_ptr<Stream> stream = stub->ImportCards(&context);
  Results results(session, file, size);
  std::thread reader([&] {
    v1::ImportCardsResponse response;
    while (stream->Read(&response)) {
      for (const v1::ImportResult& result : response.results()) results.Tell(result);
      results.Show(lines.bytes_read());
    }
  });
  const bool readable =
      SendRows(input, columns, settings, options.resume ? file : nullptr, results, *stream);
  reader.join();
  const grpc::Status status = stream->Finish();
  results.Show(lines.bytes_read());
  const bool finished = file == nullptr || file->Finish();

  const bool stopped = stop_reading.load();
  std::cerr << results.Summary() << "\n";
  if (!status.ok()) session.Refuse(status, context);
  if (!readable) std::cerr << "cardvault: the input could not be read to its end\n";
  if (!status.ok() || !readable || stopped) {
    std::cerr << "not all rows are imported. To go on: the same command and the same input"
              << (options.results.empty()
                      ? "; within 24 hours each row answers its first result"
                      : absl::StrCat(", with --results ", options.results, " --resume"))
              << "\n";
  }
  if (!finished || !results.written()) return kNotWritten;
  return status.ok() && readable && !stopped && results.refused() == 0 ? kOk : kRefused;
}

int Import(Session& session, const ImportOptions& options) {
  ImportColumns columns;
  for (const std::string& map : options.maps) {
    if (const std::string mistake = columns.Map(map); !mistake.empty()) {
      return Session::Misused(mistake);
    }
  }
  InputFormat format = InputFormat::kDetect;
  if (options.format == "csv") {
    format = InputFormat::kCsv;
  } else if (options.format == "jsonl") {
    format = InputFormat::kJsonLines;
  } else if (options.format != "detect") {
    return Session::Misused("--format is csv or jsonl");
  }
  if (options.resume && options.results.empty()) {
    return Session::Misused("--resume goes on from a file: say --results FILE too");
  }
  std::string mistake;
  int64_t size = 0;
  const int fd = OpenInput(options.file, size, mistake);
  if (fd < 0) return Session::Misused(mistake);
  ListenToSignals();
  LineReader lines(fd, stop_reading);
  ImportInput input(lines, columns);
  mistake = input.Open(format);
  std::unique_ptr<ResultsFile> file;
  if (mistake.empty() && !options.results.empty()) {
    file = ResultsFile::Open(options.results, options.import_id, options.resume, mistake);
  }
  const int exit_code = mistake.empty()
                            ? RunImport(session, options, columns, input, lines, size, file.get())
                            : Session::Misused(mistake);
  if (fd != STDIN_FILENO) close(fd);
  return exit_code;
}

}  // namespace

void AddImportVerb(CLI::App& card, Session& session, int& exit_code) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* verb = card.add_subcommand(
      "import",
      "store many cards, from CSV with a header or JSON lines on standard input; a line for each "
      "row with its token\n"
      "Example: your-source | cardvault card import --import-id batch-7 --results batch-7.txt");
  verb->add_option("FILE", options->file,
                   "instead of standard input; one that its owner alone can read");
  verb->add_option("--import-id", options->import_id,
                   "names the import: a row that is sent again under it answers its first result")
      ->required();
  verb->add_option("--format", options->format, "csv or jsonl; else by the first character");
  verb->add_option("--map", options->maps, "FIELD=COLUMN, may be repeated: pan=CardNumber");
  verb->add_option("--duplicates", options->duplicates,
                   "of a card that has a token: skip, update or refuse")
      ->capture_default_str();
  verb->add_flag("--accept-expired", options->accept_expired, "take expired cards too")
      ->disable_flag_override();
  verb->add_option("--results", options->results, "write the results to a new file");
  verb->add_flag("--resume", options->resume, "go on: leave out the rows with a token there")
      ->disable_flag_override();
  verb->callback([&session, &exit_code, options] { exit_code = Import(session, *options); });
}

}  // namespace cardvault::cli
