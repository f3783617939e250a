#include "sandbox/media_type.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace cardvault::sandbox {

bool IsJsonMediaType(const httplib::Request& request) {
  if (request.get_header_value_count("Content-Type") != 1) return false;
  std::string type = request.get_header_value("Content-Type");
  absl::AsciiStrToLower(&type);
  type = absl::StrReplaceAll(type, {{" ", ""}, {"\"", ""}});
  return type == "application/json" || type == "application/json;charset=utf-8";
}

}  // namespace cardvault::sandbox
