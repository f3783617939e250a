// What runs a fuzz target without libFuzzer: every file of its corpus, and mutations of them from a
// seed that is printed. CARDVAULT_SEED repeats one.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Of each target, shared by its files, so that each takes some seconds.
constexpr size_t kMutations = 3000;
// Changes in one mutation: the first ones meet what is read first.
constexpr unsigned kMaxChanges = 6;

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of bytes, of pieces of the same input and of another one.
std::string Mutated(std::string input, const std::string& other, std::mt19937_64& random) {
  const auto below = [&random](size_t end) { return static_cast<size_t>(random() % end); };
  for (size_t changes = 1 + below(kMaxChanges); changes > 0; --changes) {
    const size_t place = below(input.size() + 1);
    const size_t length = 1 + below(std::min<size_t>(input.size() - place, 16) + 1);
    switch (below(6)) {
      case 0:
        if (place < input.size()) input[place] = static_cast<char>(input[place] ^ (1 << below(8)));
        break;
      case 1:
        if (place < input.size()) input[place] = static_cast<char>(random());
        break;
      case 2:
        input.insert(place, 1, static_cast<char>(random()));
        break;
      case 3:
        input.erase(place, length);
        break;
      case 4:
        input.insert(place, input.substr(place, length));
        break;
      default:
        input.insert(place, other.substr(below(other.size() + 1), 1 + below(32)));
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t seed = std::random_device()();
  const char* const given = getenv("CARDVAULT_SEED");
  if (given != nullptr && !absl::SimpleAtoi(given, &seed)) return 2;
  std::cout << "seed: CARDVAULT_SEED=" << seed << std::endl;
  std::vector<std::string> corpus = {""};
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& path : files) corpus.push_back(ReadFile(path));
  }
  if (corpus.size() == 1) {
    std::cerr << "no corpus\n";
    return 2;
  }
  std::mt19937_64 random(seed);
  for (const std::string& input : corpus) {
    Run(input);
    for (size_t i = 0; i < kMutations / corpus.size(); ++i) {
      Run(Mutated(input, corpus[random() % corpus.size()], random));
    }
  }
  std::cout << corpus.size() << " inputs\n";
  return 0;
}
