#include "cli/import_input.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/sad_check.h"
#include "cli/secret_input.h"

namespace cardvault::cli {
namespace {

using Field = ImportColumns::Field;

constexpr char kByteOrderMark[] = "\xef\xbb\xbf";
constexpr size_t kMostShown = 40;  // bytes of a column's name
constexpr char kNoSad[] =
    ": CVVs, magnetic stripes and PINs must not be kept after an authorization (PCI DSS 3.3.1), so "
    "nothing of this input was sent; take them out where they are kept, and import what is left";

// A column's name, or its number where the name may be a value: a header that is missing leaves a
// row in its place.
std::string Shown(absl::string_view name, size_t number) {
  size_t digits = 0;
  bool plain = name.size() <= kMostShown;
  for (const char c : name) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) ++digits;
    plain = plain && absl::ascii_isprint(static_cast<unsigned char>(c));
  }
  return plain && digits < 3 ? absl::StrCat("column `", name, "`")
                             : absl::StrCat("column ", number);
}

// A field that the merchant names itself may hold a number that looks like a CVV.
bool MayLookLikeCvv(Field field) { return field != Field::kNone && field != Field::kLabel; }

}  // namespace

ImportInput::ImportInput(LineReader& lines, const ImportColumns& columns)
    : lines_(lines), columns_(columns) {
  text_.reserve(kMaxInputLine);
}

ImportInput::~ImportInput() {
  CleanseText(text_);
  CleanseText(header_);
  for (Line& line : ahead_) CleanseText(line.text);
}

ImportInput::Line ImportInput::ReadLine() {
  Line line;
  line.text.reserve(kMaxInputLine);
  line.got = lines_.Next(line.text);
  return line;
}

const char* ImportInput::Parse(std::string& text) {
  if (!is_csv_) return ParseJsonLine(text, fields_);
  fields_.clear();
  if (const char* const problem = ParseCsvLine(text, values_); problem != nullptr) return problem;
  if (values_.size() != names_.size()) return "it has not as many fields as the header";
  for (size_t i = 0; i < values_.size(); ++i) fields_.push_back({names_[i], values_[i]});
  return nullptr;
}

std::string ImportInput::CheckHeader() {
  header_ = std::move(ahead_.front().text);
  ahead_.pop_front();
  line_ = 1;
  if (HoldsTrackData(header_)) return absl::StrCat("the first line holds track data", kNoSad);
  if (const char* const problem = ParseCsvLine(header_, names_); problem != nullptr) {
    return absl::StrCat("the header cannot be read: ", problem);
  }
  std::set<absl::string_view> seen;
  std::multiset<Field> fields;
  for (size_t i = 0; i < names_.size(); ++i) {
    names_[i] = absl::StripAsciiWhitespace(names_[i]);
    if (IsSadName(names_[i])) return absl::StrCat(Shown(names_[i], i + 1), kNoSad);
    if (!seen.insert(names_[i]).second) {
      return absl::StrCat(Shown(names_[i], i + 1), " is named twice");
    }
    const Field field = columns_.FieldOf(names_[i]);
    if (field != Field::kNone && field != Field::kLabel && fields.count(field) > 0) {
      return absl::StrCat(Shown(names_[i], i + 1),
                          " is a second one for its field: say which with --map");
    }
    fields.insert(field);
  }
  if (fields.count(Field::kNumber) == 0) {
    return "no column is the card number: the first line names the columns, `pan` among them, or "
           "say --map pan=COLUMN";
  }
  if (fields.count(Field::kExpiry) == 0 &&
      (fields.count(Field::kExpiryMonth) == 0 || fields.count(Field::kExpiryYear) == 0)) {
    return "no column is the expiry: `expiry`, or `expiry_month` and `expiry_year`, or say --map";
  }
  return "";
}

// By the lines that were read ahead, each on a copy.
std::string ImportInput::CheckAhead() {
  std::map<std::string, bool> cvv_like;  // by column: whether all that it holds looks so
  std::string copy;
  copy.reserve(kMaxInputLine);
  std::string mistake;
  int64_t line = line_;
  for (const Line& ahead : ahead_) {
    ++line;
    if (ahead.got != LineReader::Got::kLine) continue;
    if (HoldsTrackData(ahead.text)) {
      mistake = absl::StrCat("line ", line, " holds track data", kNoSad);
      break;
    }
    copy.assign(ahead.text);
    if (Parse(copy) != nullptr) continue;
    for (size_t i = 0; i < fields_.size() && mistake.empty(); ++i) {
      const RowField& field = fields_[i];
      if (IsSadName(field.name)) {
        mistake = absl::StrCat("line ", line, ": ", Shown(field.name, i + 1), kNoSad);
      }
      if (MayLookLikeCvv(columns_.FieldOf(field.name)) || field.value.empty()) continue;
      const auto [at, is_new] = cvv_like.try_emplace(std::string(field.name), true);
      at->second = at->second && LooksLikeCvv(field.value);
    }
    if (!mistake.empty()) break;
  }
  CleanseText(copy);
  fields_.clear();
  if (!mistake.empty()) return mistake;
  for (const auto& [name, looks_so] : cvv_like) {
    if (!looks_so) continue;
    size_t number = 1;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) number = i + 1;
    }
    return absl::StrCat(Shown(name, number),
                        " has three or four digits in every one of the first rows, as a CVV has",
                        kNoSad);
  }
  return "";
}

std::string ImportInput::Open(InputFormat format) {
  for (size_t i = 0; i < kLookAhead; ++i) {
    ahead_.push_back(ReadLine());
    if (ahead_.back().got != LineReader::Got::kLine &&
        ahead_.back().got != LineReader::Got::kTooLong) {
      break;
    }
  }
  std::string& first = ahead_.front().text;
  if (ahead_.front().got == LineReader::Got::kStopped) return "stopped";
  if (ahead_.front().got == LineReader::Got::kFailed) return "the input cannot be read";
  if (ahead_.front().got != LineReader::Got::kLine || first.empty()) {
    return "the input begins with no header and no row";
  }
  if (absl::StartsWith(first, kByteOrderMark)) first.erase(0, sizeof(kByteOrderMark) - 1);
  const absl::string_view begin = absl::StripLeadingAsciiWhitespace(first);
  is_csv_ = format == InputFormat::kCsv ||
            (format == InputFormat::kDetect && !absl::StartsWith(begin, "{"));
  if (is_csv_) {
    if (std::string mistake = CheckHeader(); !mistake.empty()) return mistake;
  }
  return CheckAhead();
}

ImportInput::Got ImportInput::Next() {
  for (;;) {
    LineReader::Got got;
    if (!ahead_.empty()) {
      got = ahead_.front().got;
      text_.assign(ahead_.front().text);
      CleanseText(ahead_.front().text);
      // An end, once met, stays.
      if (got == LineReader::Got::kLine || got == LineReader::Got::kTooLong) ahead_.pop_front();
    } else {
      got = lines_.Next(text_);
    }
    problem_ = nullptr;
    switch (got) {
      case LineReader::Got::kEnd:
        return Got::kEnd;
      case LineReader::Got::kFailed:
        return Got::kFailed;
      case LineReader::Got::kStopped:
        return Got::kStopped;
      case LineReader::Got::kTooLong:
        ++line_;
        ++row_;
        problem_ = "it is longer than 16 KiB";
        return Got::kBadRow;
      case LineReader::Got::kLine:
        ++line_;
        if (absl::StripAsciiWhitespace(text_).empty()) continue;
        ++row_;
        if (HoldsTrackData(text_)) {
          problem_ = "it holds track data";
        } else {
          problem_ = Parse(text_);
        }
        for (const RowField& field : fields_) {
          if (problem_ == nullptr && !is_csv_ && IsSadName(field.name)) {
            problem_ = "a member is named like a CVV, track data or a PIN";
          }
        }
        return problem_ == nullptr ? Got::kRow : Got::kBadRow;
    }
  }
}

}  // namespace cardvault::cli
