#ifndef CARDVAULT_SERVER_CONFIG_KEYS_H_
#define CARDVAULT_SERVER_CONFIG_KEYS_H_

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/document_mistake.h"

namespace cardvault {

// Reads the keys of a YAML map into variables, and gathers the mistakes. Not thread-safe.
class ConfigKeys {
 public:
  // Reads the value of one key, whose whole name is `key`.
  using Member = std::function<void(const YAML::Node& value, const std::string& key)>;
  // By name; true: required.
  using Members = std::map<std::string, std::pair<bool, Member>>;

  // Relative paths are below `directory`.
  explicit ConfigKeys(std::string directory) : directory_(std::move(directory)) {}

  const std::vector<DocumentMistake>& mistakes() const { return mistakes_; }

  void Mistake(int line, std::string key, const char* problem);
  void Mistake(const YAML::Node& at, const std::string& key, const char* problem);

  // Calls the reader of each member; unknown and repeated keys are mistakes, and so are required
  // ones that are not there.
  void ReadMap(const YAML::Node& node, const std::string& prefix, const Members& members);

  // Readers of one value. What `out` points to must outlive the reading; it is as it was after a
  // mistake.
  Member Text(std::string* out);
  Member Path(std::string* out);
  Member Address(std::string* out);          // host:port
  Member LoopbackAddress(std::string* out);  // the same, of this machine alone
  Member Duration(absl::Duration* out, absl::Duration least, absl::Duration most,
                  const char* problem);
  Member Label(std::string* out);        // of a PKCS#11 token
  Member Hexadecimal(std::string* out);  // as bytes
  Member Descriptor(int* out);           // an open file's
  Member Boolean(bool* out);
  Member Number(int* out, int least, int most, const char* problem);
  Member Section(Members members);

 private:
  const std::string directory_;
  std::vector<DocumentMistake> mistakes_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CONFIG_KEYS_H_
