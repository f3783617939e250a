#ifndef CARDVAULT_TESTS_LOAD_PLAIN_POSTER_H_
#define CARDVAULT_TESTS_LOAD_PLAIN_POSTER_H_

#include <curl/curl.h>

#include <string>
#include <vector>

#include "tests/load/plain_post.h"
#include "tests/load/timed_call.h"

namespace cardvault::testing {

// Posts with libcurl and nothing else: what a payment cannot be faster than. A thread and a kept
// TLS connection for each post that is under way. Not thread-safe.
class PlainPoster final {
 public:
  // `ca_file` is the PEM file of the CA of the upstream.
  PlainPoster(int in_flight, const std::string& ca_file);
  PlainPoster(const PlainPoster&) = delete;
  PlainPoster& operator=(const PlainPoster&) = delete;
  ~PlainPoster();

  // Posts all of them, each once. Dies when one is not answered with HTTP 200 and `wanted` in the
  // body, which it prints.
  std::vector<TimedCall> PostAll(const std::vector<PlainPost>& posts, const std::string& wanted);

 private:
  std::vector<CURL*> handles_;  // each with its connection
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_PLAIN_POSTER_H_
