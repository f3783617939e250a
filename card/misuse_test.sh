#!/bin/bash
# What must not compile, and which no static_assert can ask about: that run-time strings are refused
# by consteval, and misuses whose failure is an error inside a library. Each case is compiled; it has
# to fail, and for the reason given. The control shows that the frame itself compiles.

set -u

readonly COMPILER="${CXX:-/usr/bin/g++}"
failures=0
cases=0

# What every case begins with, compiled once.
readonly FRAME="${TEST_TMPDIR:?run me with bazel test}/frame.h"
cat > "${FRAME}" << 'FRAME'
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_set>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/access/secret_bytes_access.h"
#include "base/log.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/access/pan_access.h"
#include "card/pan.h"
#include "card/sad/access/sad_access.h"
#include "card/sad/cvv.h"
using namespace cardvault;
FRAME
"${COMPILER}" -std=c++20 -I. -x c++-header -o "${FRAME}.gch" "${FRAME}" || exit 1

# Compiles standard input behind the frame; says why not on standard output.
compile() {
  LC_ALL=C "${COMPILER}" -std=c++20 -I. -fsyntax-only -include "${FRAME}" -x c++ - 2>&1
}

# $1: what the case is, $2: a pattern of the compiler's message; standard input: the case.
rejects() {
  local output
  cases=$((cases + 1))
  if output="$(compile)"; then
    echo "FAILED: compiles: $1"
    failures=$((failures + 1))
  elif ! grep -Eq -- "$2" <<< "${output}"; then
    echo "FAILED: $1: rejected, but not for '$2':"
    head -n 20 <<< "${output}"
    failures=$((failures + 1))
  fi
}

if ! output="$(compile << 'CASE'
absl::Status Text() { return Internal(ErrorReason::kInternal, "literal"); }
void Log(int n) { LogEvent(LogLevel::kInfo, "event").With("n", n).With("s", "literal"); }
absl::string_view Digits(const Pan& pan) { return pan.Reveal(PanAccess::Token()); }
absl::string_view Digits(const Cvv& cvv) { return cvv.Reveal(SadAccess::Token()); }
CASE
)"; then
  echo "FAILED: the control does not compile:"
  head -n 20 <<< "${output}"
  exit 1
fi

readonly NOT_CONSTANT='constant expression|consteval'
readonly DELETED='use of deleted function'

rejects 'an error text from an argument' "${NOT_CONSTANT}" << 'CASE'
absl::Status F(const char* text) { return Internal(ErrorReason::kInternal, text); }
CASE
rejects 'an error text from a string' 'could not convert|no matching' << 'CASE'
absl::Status F(const std::string& text) { return Internal(ErrorReason::kInternal, text); }
CASE
rejects 'an error text from the inside of a string' "${NOT_CONSTANT}" << 'CASE'
absl::Status F(const std::string& text) { return Internal(ErrorReason::kInternal, text.c_str()); }
CASE
rejects 'an error text from a local array' "${NOT_CONSTANT}" << 'CASE'
absl::Status F(int n) {
  char text[8] = {static_cast<char>(n)};
  return Internal(ErrorReason::kInternal, text);
}
CASE
rejects 'a field name from an argument' "${NOT_CONSTANT}" << 'CASE'
absl::Status F(const char* name) {
  return InvalidArgument(ErrorReason::kFieldInvalid, name, "literal");
}
CASE
rejects 'an event from an argument' "${NOT_CONSTANT}" << 'CASE'
void F(const char* event) { LogEvent(LogLevel::kInfo, event); }
CASE
rejects 'a log value from an argument' "${NOT_CONSTANT}" << 'CASE'
void F(const char* value) { LogEvent(LogLevel::kInfo, "event").With("name", value); }
CASE
rejects 'a log name from an argument' "${NOT_CONSTANT}" << 'CASE'
void F(const char* name) { LogEvent(LogLevel::kInfo, "event").With(name, 1); }
CASE
rejects 'a log value from a string' 'no matching function' << 'CASE'
void F(const std::string& value) { LogEvent(LogLevel::kInfo, "event").With("name", value); }
CASE
rejects 'a log value from a local array' "${NOT_CONSTANT}" << 'CASE'
void F(int n) {
  char value[8] = {static_cast<char>(n)};
  LogEvent(LogLevel::kInfo, "event").With("name", value);
}
CASE
rejects 'a clear number in the log' 'no matching function' << 'CASE'
void F(const Pan& pan) {
  LogEvent(LogLevel::kInfo, "event").With("card", pan.Reveal(PanAccess::Token()));
}
CASE

for type in Pan Cvv SecretBytes; do
  rejects "${type}: stream" "${DELETED}" << CASE
void F(const ${type}& value) { std::cout << value; }
CASE
  rejects "${type}: StrCat" 'no matching function|could not convert|invalid initialization' << CASE
std::string F(const ${type}& value) { return absl::StrCat("x", value); }
CASE
  rejects "${type}: StrFormat" 'no matching function|FormatConvertImpl|FormatArgImpl' << CASE
std::string F(const ${type}& value) { return absl::StrFormat("%s", value); }
CASE
  rejects "${type}: Status message" 'could not convert|no matching function' << CASE
absl::Status F(const ${type}& value) { return absl::InternalError(value); }
CASE
  rejects "${type}: copy" "${DELETED}" << CASE
${type} F(const ${type}& value) { return value; }
CASE
  rejects "${type}: ==" "${DELETED}" << CASE
bool F(const ${type}& a, const ${type}& b) { return a == b; }
CASE
  rejects "${type}: Abseil hash set" "${DELETED}|no match for call to" << CASE
void F(${type} value) { absl::flat_hash_set<${type}>().insert(std::move(value)); }
CASE
  rejects "${type}: standard hash set" "${DELETED}|static assertion failed" << CASE
void F(${type} value) { std::unordered_set<${type}>().insert(std::move(value)); }
CASE
  rejects "${type}: hash" "${DELETED}|no match for call|cannot be default" << CASE
size_t F(const ${type}& value) { return absl::Hash<${type}>()(value); }
CASE
done

for token in PanAccessToken SadAccessToken; do
  rejects "${token}{}" 'private within this context|is private' << CASE
void F() { (void)${token}{}; }
CASE
  rejects "${token}: copy into a member" "${DELETED}" << CASE
struct Keeper {
  explicit Keeper(const ${token}& key) : key(key) {}
  ${token} key;
};
CASE
done
rejects 'Pan: Reveal({})' 'private|explicit constructor|no matching function' << 'CASE'
absl::string_view F(const Pan& pan) { return pan.Reveal({}); }
CASE
rejects 'Cvv: Reveal({})' 'private|explicit constructor|no matching function' << 'CASE'
absl::string_view F(const Cvv& cvv) { return cvv.Reveal({}); }
CASE
rejects 'Pan: view of a temporary' "${DELETED}" << 'CASE'
absl::string_view F(absl::string_view text) {
  return Pan::Parse(text).value().Reveal(PanAccess::Token());
}
CASE
rejects 'Cvv: view of a temporary' "${DELETED}" << 'CASE'
absl::string_view F(absl::string_view text) {
  return Cvv::Parse(text, Brand::kVisa).value().Reveal(SadAccess::Token());
}
CASE
rejects 'SecretBytes: view of a temporary' "${DELETED}" << 'CASE'
absl::string_view F(absl::string_view text) {
  return SecretBytesAccess::View(SecretBytes::CopyOf(text));
}
CASE
rejects 'Pan: private constructor' 'private within this context|is private' << 'CASE'
Pan F(SecretBytes digits) { return Pan(std::move(digits)); }
CASE

echo "${cases} misuses tried, ${failures} failed"
[[ "${failures}" -eq 0 ]]
