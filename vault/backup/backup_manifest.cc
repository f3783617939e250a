#include "vault/backup/backup_manifest.h"

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/tree_hash.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr int kFormat = 1;
constexpr char kTimeForm[] = "%Y%m%dT%H%M%SZ";
constexpr size_t kIdLetters = 8;
constexpr size_t kMaxFileNameSize = 64;

absl::Status Malformed() { return DataLoss("it is not a manifest that cardvault has written"); }

absl::string_view TextOf(const TreeHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void Put(Writer& writer, const char* name, const std::string& value) {
  writer.Key(name);
  writer.String(value);
}

// Reads the members of an object; what is missing or of another type is remembered.
class Reader final {
 public:
  explicit Reader(const rapidjson::Value& object) : object_(object) {}

  std::string Text(const char* name) {
    const rapidjson::Value* const value = Find(name);
    if (value == nullptr || !value->IsString()) return Fail();
    return {value->GetString(), value->GetStringLength()};
  }
  uint64_t Number(const char* name) {
    const rapidjson::Value* const value = Find(name);
    if (value == nullptr || !value->IsUint64()) {
      Fail();
      return 0;
    }
    return value->GetUint64();
  }
  // 32 bytes, in hexadecimal.
  std::string Hash(const char* name) {
    const std::string text = Text(name);
    const bool good = text.size() == 2 * kSha256Size &&
                      std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
    return good ? absl::HexStringToBytes(text) : Fail();
  }
  const rapidjson::Value* Member(const char* name) {
    const rapidjson::Value* const value = Find(name);
    if (value == nullptr) Fail();
    return value;
  }
  bool good() const { return good_; }
  std::string Fail() {
    good_ = false;
    return "";
  }

 private:
  const rapidjson::Value* Find(const char* name) const {
    if (!object_.IsObject()) return nullptr;
    const auto member = object_.FindMember(name);
    return member == object_.MemberEnd() ? nullptr : &member->value;
  }

  const rapidjson::Value& object_;
  bool good_ = true;
};

bool ReadFiles(const rapidjson::Value& array, std::vector<BackupManifest::File>& files) {
  if (!array.IsArray() || array.Size() > kMaxBackupFiles) return false;
  for (const rapidjson::Value& item : array.GetArray()) {
    Reader reader(item);
    BackupManifest::File file{reader.Text("name"), reader.Number("size"), reader.Hash("sha256")};
    if (!reader.good() || !IsBackupFileName(file.name)) return false;
    if (!files.empty() && files.back().name >= file.name) return false;
    files.push_back(std::move(file));
  }
  return true;
}

bool ReadKeys(const rapidjson::Value& array, std::vector<std::string>& keys) {
  if (!array.IsArray()) return false;
  for (const rapidjson::Value& item : array.GetArray()) {
    if (!item.IsString()) return false;
    keys.emplace_back(item.GetString(), item.GetStringLength());
  }
  return true;
}

}  // namespace

std::string NewBackupId(absl::Time now) {
  std::string id = absl::StrCat(absl::FormatTime(kTimeForm, now, absl::UTCTimeZone()), "-");
  for (const char byte : RandomBytes(kIdLetters)) {
    id.push_back(static_cast<char>('a' + static_cast<unsigned char>(byte) % 26));
  }
  return id;
}

bool IsBackupId(absl::string_view id) {
  constexpr absl::string_view kShape = "00000000T000000Z-aaaaaaaa";
  if (id.size() != kShape.size()) return false;
  return std::equal(id.begin(), id.end(), kShape.begin(), [](unsigned char c, char shape) {
    return shape == '0'   ? absl::ascii_isdigit(c)
           : shape == 'a' ? absl::ascii_islower(c)
                          : c == static_cast<unsigned char>(shape);
  });
}

bool IsBackupFileName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxFileNameSize || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
}

std::string FormatManifest(const BackupManifest& manifest) {
  rapidjson::StringBuffer out;
  Writer writer(out);
  writer.SetIndent(' ', 1);
  writer.StartObject();
  writer.Key("format");
  writer.Int(kFormat);
  Put(writer, "backup", manifest.id);
  Put(writer, "vault", manifest.vault_id);
  Put(writer, "mode", manifest.mode == VaultMode::kProduction ? "production" : "sandbox");
  Put(writer, "created",
      absl::FormatTime(absl::RFC3339_sec, manifest.create_time, absl::UTCTimeZone()));
  Put(writer, "software", manifest.software);
  writer.Key("log");
  writer.StartObject();
  Put(writer, "origin", manifest.log.origin);
  writer.Key("size");
  writer.Uint64(manifest.log.size);
  Put(writer, "root", absl::BytesToHexString(TextOf(manifest.log.root)));
  writer.EndObject();
  writer.Key("keyring_revision");
  writer.Uint64(manifest.keyring_revision);
  writer.Key("kek");
  writer.StartObject();
  Put(writer, "provider", manifest.kek_provider);
  Put(writer, "check_value", manifest.kek_check_value);
  writer.EndObject();
  writer.Key("keys");
  writer.StartArray();
  for (const std::string& key : manifest.keys) writer.String(key);
  writer.EndArray();
  writer.Key("files");
  writer.StartArray();
  for (const BackupManifest::File& file : manifest.files) {
    writer.StartObject();
    Put(writer, "name", file.name);
    writer.Key("size");
    writer.Uint64(file.size_bytes);
    Put(writer, "sha256", absl::BytesToHexString(file.sha256));
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return absl::StrCat(absl::string_view(out.GetString(), out.GetSize()), "\n");
}

absl::StatusOr<BackupManifest> ParseManifest(absl::string_view text) {
  if (text.size() > kMaxManifestSize) return Malformed();
  rapidjson::Document document;
  // Nested a thousand deep it must not end the process.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data(), text.size());
  if (document.HasParseError()) return Malformed();
  Reader reader(document);
  if (reader.Number("format") != kFormat || !reader.good()) {
    return DataLoss("its manifest has a format that this version does not know");
  }
  BackupManifest manifest;
  manifest.id = reader.Text("backup");
  manifest.vault_id = reader.Text("vault");
  manifest.mode =
      reader.Text("mode") == "production" ? VaultMode::kProduction : VaultMode::kSandbox;
  std::string unused;
  if (!absl::ParseTime(absl::RFC3339_sec, reader.Text("created"), &manifest.create_time, &unused)) {
    reader.Fail();
  }
  manifest.software = reader.Text("software");
  manifest.keyring_revision = reader.Number("keyring_revision");
  const rapidjson::Value* const log_member = reader.Member("log");
  const rapidjson::Value* const kek_member = reader.Member("kek");
  const rapidjson::Value* const keys = reader.Member("keys");
  const rapidjson::Value* const files = reader.Member("files");
  if (!reader.good() || !IsBackupId(manifest.id)) return Malformed();
  Reader log(*log_member);
  manifest.log.origin = log.Text("origin");
  manifest.log.size = log.Number("size");
  const std::string root = log.Hash("root");
  Reader kek(*kek_member);
  manifest.kek_provider = kek.Text("provider");
  manifest.kek_check_value = kek.Text("check_value");
  if (!log.good() || !kek.good() || !ReadKeys(*keys, manifest.keys) ||
      !ReadFiles(*files, manifest.files)) {
    return Malformed();
  }
  std::copy(root.begin(), root.end(), manifest.log.root.begin());
  if (FormatManifest(manifest) != text) return Malformed();
  return manifest;
}

}  // namespace cardvault
