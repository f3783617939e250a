#include "server/config_keys.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace cardvault {
namespace {

constexpr size_t kTokenLabelSize = 32;  // of PKCS#11
constexpr int kMinDescriptor = 3;       // after standard input, output and error
constexpr int kMaxDescriptor = 1023;    // of Linux, unless its limit is raised

}  // namespace

void ConfigKeys::Mistake(int line, std::string key, const char* problem) {
  mistakes_.push_back({line, std::move(key), problem});
}

void ConfigKeys::Mistake(const YAML::Node& at, const std::string& key, const char* problem) {
  Mistake(at.Mark().line + 1, key, problem);
}

void ConfigKeys::ReadMap(const YAML::Node& node, const std::string& prefix,
                         const Members& members) {
  if (!node.IsMap()) return Mistake(node, prefix, "not a map of keys");
  std::set<std::string> seen;
  for (const auto& member : node) {
    const std::string name = member.first.IsScalar() ? member.first.Scalar() : "";
    const std::string key = prefix.empty() ? name : absl::StrCat(prefix, ".", name);
    auto found = members.find(name);
    if (found == members.end()) {
      Mistake(member.first, key, "unknown key");
    } else if (!seen.insert(name).second) {
      Mistake(member.first, key, "given twice");
    } else {
      found->second.second(member.second, key);
    }
  }
  for (const auto& [name, member] : members) {
    if (member.first && seen.count(name) == 0) {
      Mistake(node, prefix.empty() ? name : absl::StrCat(prefix, ".", name), "missing");
    }
  }
}

ConfigKeys::Member ConfigKeys::Text(std::string* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    if (!value.IsScalar() || value.Scalar().empty()) return Mistake(value, key, "not a text");
    *out = value.Scalar();
  };
}

ConfigKeys::Member ConfigKeys::Path(std::string* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    if (!value.IsScalar() || value.Scalar().empty()) return Mistake(value, key, "not a path");
    *out =
        value.Scalar()[0] == '/' ? value.Scalar() : absl::StrCat(directory_, "/", value.Scalar());
  };
}

ConfigKeys::Member ConfigKeys::Address(std::string* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    const size_t colon = text.rfind(':');
    int port = 0;
    if (colon == std::string::npos || colon == 0 ||
        !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 || port > 65535) {
      return Mistake(value, key, "not host:port, for example 127.0.0.1:7443");
    }
    *out = text;
  };
}

// The metrics page has no TLS and asks nobody who they are.
ConfigKeys::Member ConfigKeys::LoopbackAddress(std::string* out) {
  return [this, out, address = Address(out)](const YAML::Node& value, const std::string& key) {
    address(value, key);
    if (out->empty()) return;
    const std::string host = out->substr(0, out->rfind(':'));
    if (host != "127.0.0.1" && host != "[::1]" && host != "localhost") {
      Mistake(value, key, "not a loopback address, for example 127.0.0.1:7445");
    }
  };
}

ConfigKeys::Member ConfigKeys::Duration(absl::Duration* out, absl::Duration least,
                                        absl::Duration most, const char* problem) {
  return [this, out, least, most, problem](const YAML::Node& value, const std::string& key) {
    absl::Duration duration;
    if (!value.IsScalar() || !absl::ParseDuration(value.Scalar(), &duration) || duration < least ||
        duration > most) {
      return Mistake(value, key, problem);
    }
    *out = duration;
  };
}

ConfigKeys::Member ConfigKeys::Label(std::string* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    if (!value.IsScalar() || value.Scalar().empty() || value.Scalar().size() > kTokenLabelSize) {
      return Mistake(value, key, "not a text of 1 to 32 bytes");
    }
    *out = value.Scalar();
  };
}

ConfigKeys::Member ConfigKeys::Hexadecimal(std::string* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text.empty() || text.size() % 2 != 0 ||
        !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit)) {
      return Mistake(value, key, "not bytes in hexadecimal, for example 'a1b2'");
    }
    *out = absl::HexStringToBytes(text);
  };
}

ConfigKeys::Member ConfigKeys::Descriptor(int* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    int fd = -1;
    if (!value.IsScalar() || !absl::SimpleAtoi(value.Scalar(), &fd) || fd < kMinDescriptor ||
        fd > kMaxDescriptor) {
      return Mistake(value, key, "not the number of a descriptor from 3 to 1023");
    }
    *out = fd;
  };
}

ConfigKeys::Member ConfigKeys::Boolean(bool* out) {
  return [this, out](const YAML::Node& value, const std::string& key) {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text != "true" && text != "false") return Mistake(value, key, "not true or false");
    *out = text == "true";
  };
}

ConfigKeys::Member ConfigKeys::Number(int* out, int least, int most, const char* problem) {
  return [this, out, least, most, problem](const YAML::Node& value, const std::string& key) {
    int number = 0;
    if (!value.IsScalar() || !absl::SimpleAtoi(value.Scalar(), &number) || number < least ||
        number > most) {
      return Mistake(value, key, problem);
    }
    *out = number;
  };
}

ConfigKeys::Member ConfigKeys::Section(Members members) {
  return [this, members = std::move(members)](const YAML::Node& value, const std::string& key) {
    ReadMap(value, key, members);
  };
}

}  // namespace cardvault
