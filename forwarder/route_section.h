#ifndef CARDVAULT_FORWARDER_ROUTE_SECTION_H_
#define CARDVAULT_FORWARDER_ROUTE_SECTION_H_

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error_text.h"
#include "forwarder/route_mistake.h"

namespace cardvault {

// Reads one mapping of a route document strictly: every key must be asked for, has one type, and
// stands there once. A mistake is noted with its line and the value reads as its default, so that
// one reading finds all mistakes. Not thread-safe.
//
// Example:
//   RouteSection signing = section.Section("signing", RouteSection::kRequired);
//   settings.secret_name = signing.Text("secret_name", "api_secret", kMaxIdSize, CheckName);
//   signing.RefuseUnknownKeys();
class RouteSection final {
 public:
  enum Presence { kRequired, kOptional };

  // Tells what is wrong with a text, as a literal; null when nothing is.
  using TextRule = const char* (*)(absl::string_view text);

  // An entry whose key is data.
  struct Entry {
    std::string key;
    std::string text;
  };

  // `map` is a mapping, or stands for an empty one that begins at `line`. `mistakes` outlives this.
  RouteSection(const YAML::Node& map, int line, std::string path,
               std::vector<RouteMistake>& mistakes);

  bool Has(absl::string_view key) const;
  bool HasAny() const { return !values_.empty(); }

  // Strings, plain or quoted: 1 to `max_size` bytes, no control characters, no card numbers.
  std::string RequiredText(const char* key, size_t max_size, TextRule rule = nullptr);
  std::string Text(const char* key, absl::string_view when_absent, size_t max_size,
                   TextRule rule = nullptr);
  // The same, and line feeds may stand in it.
  std::string RequiredLines(const char* key, size_t max_size, TextRule rule);
  // A list of at least one and at most `max_count` different strings.
  std::vector<std::string> RequiredTexts(const char* key, size_t max_count, size_t max_size,
                                         TextRule rule);

  // `true` or `false`.
  bool Flag(const char* key, bool when_absent);

  // A number with its unit ("5s", "500ms") from `min` to `max`.
  absl::Duration Duration(const char* key, absl::Duration when_absent, absl::Duration min,
                          absl::Duration max);
  // The same, or the word `never`: nullopt.
  std::optional<absl::Duration> DurationOrNever(const char* key,
                                                std::optional<absl::Duration> when_absent,
                                                absl::Duration min, absl::Duration max);

  // Plain decimal digits from `min` to `max`, not below 0; nullopt when it is absent, or wrong and
  // noted.
  std::optional<int64_t> Number(const char* key, int64_t min, int64_t max);

  // The place of the value among `words`; nullopt, noted, when it is none of them.
  std::optional<size_t> RequiredWord(const char* key, const std::vector<absl::string_view>& words);
  // The same; `when_absent` also when it is none of them.
  size_t Word(const char* key, size_t when_absent, const std::vector<absl::string_view>& words);

  // A mapping below; an empty one when it is absent or wrong.
  RouteSection Section(const char* key, Presence presence);

  // Every entry of this mapping, for mappings whose keys are data; all count as asked for.
  std::vector<Entry> Entries();
  // Only its keys, none of which counts as asked for.
  std::vector<std::string> Keys() const;

  // Notes a mistake at a key of this mapping, or at the mapping when it has no such key.
  void AddMistake(absl::string_view key, ErrorText problem);

  // Every key that nobody asked for is a mistake. Call last.
  void RefuseUnknownKeys();

 private:
  struct Value {
    YAML::Node node;
    int line = 0;
    bool asked_for = false;
  };

  struct Limits {
    size_t max_size = 0;
    TextRule rule = nullptr;
    bool line_feeds = false;
  };

  // Null when the key is absent; notes that when it is required.
  const YAML::Node* Take(const char* key, Presence presence);
  std::optional<std::string> TakeText(const char* key, Presence presence, const Limits& limits);
  std::optional<size_t> TakeWord(const char* key, Presence presence,
                                 const std::vector<absl::string_view>& words);
  // Notes what is wrong with a string at `key`.
  bool IsGoodText(const YAML::Node& node, absl::string_view key, const Limits& limits);
  int LineOf(const YAML::Node& node, absl::string_view key) const;
  void Note(int line, absl::string_view key, const char* problem);

  int line_;
  std::string path_;  // "" or "h2h."
  std::vector<RouteMistake>& mistakes_;
  std::map<std::string, Value, std::less<>> values_;
};

// What one document may have in mistakes; beyond, the rest is left out.
inline constexpr size_t kMaxRouteMistakes = 100;

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_SECTION_H_
