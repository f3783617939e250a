#include "card/base32.h"

#include <cstdint>

namespace cardvault {
namespace {

constexpr absl::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

// The value of a digit, -1 for what is none.
int ValueOf(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

}  // namespace

std::string Base32Lower(absl::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  uint32_t pending = 0;
  int pending_bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8 | static_cast<unsigned char>(c)) & 0xfff;  // 4 left + 8 new
    pending_bits += 8;
    while (pending_bits >= 5) {
      pending_bits -= 5;
      text.push_back(kAlphabet[pending >> pending_bits & 31]);
    }
  }
  if (pending_bits > 0) text.push_back(kAlphabet[pending << (5 - pending_bits) & 31]);
  return text;
}

bool DecodeBase32Lower(absl::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size() * 5 / 8);
  uint32_t pending = 0;
  int pending_bits = 0;
  for (const char c : text) {
    const int value = ValueOf(c);
    if (value < 0) return false;
    pending = (pending << 5 | static_cast<uint32_t>(value)) & 0xfff;
    pending_bits += 5;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      out.push_back(static_cast<char>(pending >> pending_bits & 0xff));
    }
  }
  // What is left is filling: zero, and too little for another digit.
  return pending_bits < 5 && (pending & ((1u << pending_bits) - 1)) == 0;
}

}  // namespace cardvault
