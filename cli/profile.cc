#include "cli/profile.h"

#include <yaml-cpp/yaml.h>

#include "absl/strings/str_cat.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

class ProfileReader {
 public:
  ProfileReader(const std::string& path, std::vector<std::string>& mistakes)
      : path_(path), mistakes_(mistakes) {}

  Profile Read() {
    std::string text;
    if (const std::string problem = ReadTextFile(path_, text); !problem.empty()) {
      mistakes_.push_back(
          absl::StrCat(path_, " ", problem, "; name a profile with --profile (see docs/cli.md)"));
      return {};
    }
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
      mistakes_.push_back(absl::StrCat(path_, ":", error.mark.line + 1, ": not YAML from here on"));
      return {};
    }
    if (!root.IsMap()) {
      mistakes_.push_back(absl::StrCat(path_, ": not a map of keys"));
      return {};
    }
    Profile profile;
    for (const auto& member : root) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : "";
      if (key == "merchant_server") {
        profile.merchant_server = Text(member.second, key);
      } else if (key == "admin_server") {
        profile.admin_server = Text(member.second, key);
      } else if (key == "server_name") {
        profile.server_name = Text(member.second, key);
      } else if (key == "ca") {
        profile.ca = Path(member.second, key);
      } else if (key == "identities" && member.second.IsMap()) {
        ReadIdentities(member.second, profile);
      } else {
        Mistake(member.first, key, "unknown key, or not what is expected there");
      }
    }
    if (profile.ca.empty()) mistakes_.push_back(absl::StrCat(path_, ": ca: missing"));
    return profile;
  }

 private:
  void Mistake(const YAML::Node& at, const std::string& key, const char* problem) {
    mistakes_.push_back(absl::StrCat(path_, ":", at.Mark().line + 1, ": ", key, ": ", problem));
  }

  std::string Text(const YAML::Node& value, const std::string& key) {
    if (value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
    Mistake(value, key, "not a text");
    return "";
  }

  std::string Path(const YAML::Node& value, const std::string& key) {
    const std::string path = Text(value, key);
    if (path.empty() || path[0] == '/') return path;
    const size_t slash = path_.rfind('/');
    return slash == std::string::npos ? path : absl::StrCat(path_.substr(0, slash + 1), path);
  }

  void ReadIdentities(const YAML::Node& node, Profile& profile) {
    for (const auto& member : node) {
      const std::string role = member.first.IsScalar() ? member.first.Scalar() : "";
      if (!member.second.IsMap()) {
        Mistake(member.first, role, "not a map with certificate and private_key");
        continue;
      }
      ClientIdentity& identity = profile.identities[role];
      for (const auto& file : member.second) {
        const std::string key = file.first.IsScalar() ? file.first.Scalar() : "";
        if (key == "certificate") {
          identity.certificate = Path(file.second, key);
        } else if (key == "private_key") {
          identity.private_key = Path(file.second, key);
        } else {
          Mistake(file.first, key, "unknown key");
        }
      }
      if (identity.certificate.empty() || identity.private_key.empty()) {
        Mistake(member.first, role, "certificate and private_key are both required");
      }
    }
  }

  const std::string& path_;
  std::vector<std::string>& mistakes_;
};

}  // namespace

Profile ReadProfile(const std::string& path, std::vector<std::string>& mistakes) {
  return ProfileReader(path, mistakes).Read();
}

}  // namespace cardvault::cli
