#include "cli/row_text.h"

#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <cstddef>

namespace cardvault::cli {
namespace {

constexpr size_t kMaxFields = 100;

// Takes what a validation would copy.
struct Nowhere {
  using Ch = char;
  void Put(char) {}
};

bool IsUtf8(const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;
  rapidjson::StringStream in(text.c_str());
  Nowhere nowhere;
  while (in.Peek() != '\0') {
    if (!rapidjson::UTF8<>::Validate(in, nowhere)) return false;
  }
  return true;
}

// Gathers the members of one flat object.
class Members : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Members> {
 public:
  explicit Members(std::vector<RowField>& fields) : fields_(fields) {}

  bool Default() { return false; }
  bool StartObject() { return depth_++ == 0; }
  bool EndObject(rapidjson::SizeType) { return --depth_ == 0; }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (fields_.size() == kMaxFields) return false;
    for (const RowField& field : fields_) {
      if (field.name == absl::string_view(text, size)) return false;
    }
    fields_.push_back({absl::string_view(text, size), ""});
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return Put({text, size}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return Put({text, size}); }
  bool Bool(bool value) { return Put(value ? "true" : "false"); }
  bool Null() { return Put(""); }

 private:
  bool Put(absl::string_view value) {
    if (depth_ != 1) return false;
    fields_.back().value = value;
    return true;
  }

  std::vector<RowField>& fields_;
  int depth_ = 0;
};

}  // namespace

const char* ParseCsvLine(std::string& line, std::vector<absl::string_view>& values) {
  values.clear();
  if (!IsUtf8(line)) return "it is not UTF-8";
  size_t at = 0;
  for (;;) {
    if (values.size() == kMaxFields) return "it has more than 100 fields";
    const size_t begin = at;
    size_t out = at;
    if (at < line.size() && line[at] == '"') {
      ++at;
      for (;;) {
        if (at == line.size()) return "a quote is not closed on its line";
        if (line[at] == '"') {
          ++at;
          if (at == line.size() || line[at] != '"') break;
        }
        line[out++] = line[at++];
      }
      if (at < line.size() && line[at] != ',') return "text stands behind a closing quote";
    } else {
      while (at < line.size() && line[at] != ',') {
        if (line[at] == '"') return "a quote stands inside a field";
        ++at;
      }
      out = at;
    }
    values.push_back(absl::string_view(line).substr(begin, out - begin));
    if (at == line.size()) return nullptr;
    ++at;  // the comma
  }
}

const char* ParseJsonLine(std::string& line, std::vector<RowField>& fields) {
  fields.clear();
  if (!IsUtf8(line)) return "it is not UTF-8";
  rapidjson::InsituStringStream stream(line.data());
  rapidjson::Reader reader;
  Members members(fields);
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  if (reader.Parse<kFlags>(stream, members).IsError()) {
    return "it is not one flat JSON object without repeated members";
  }
  return nullptr;
}

}  // namespace cardvault::cli
