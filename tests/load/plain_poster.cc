#include "tests/load/plain_poster.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <thread>

#include "base/check.h"

namespace cardvault::testing {
namespace {

constexpr long kPostSeconds = 60;

size_t Append(char* data, size_t size, size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

void PostOne(CURL* handle, const PlainPost& post, const std::string& wanted) {
  curl_slist* headers = nullptr;
  for (const std::string& header : post.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  std::string answer;
  curl_easy_setopt(handle, CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, post.body.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(post.body.size()));
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  const CURLcode code = curl_easy_perform(handle);
  curl_slist_free_all(headers);
  long http_status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &http_status);
  const bool is_wanted =
      code == CURLE_OK && http_status == 200 && answer.find(wanted) != std::string::npos;
  if (!is_wanted) {
    fprintf(stderr, "plain post: %s, HTTP %ld: %s\n", curl_easy_strerror(code), http_status,
            answer.c_str());
  }
  CV_CHECK(is_wanted);
}

}  // namespace

PlainPoster::PlainPoster(int in_flight, const std::string& ca_file) {
  for (int i = 0; i < in_flight; ++i) {
    CURL* const handle = curl_easy_init();
    CV_CHECK(handle != nullptr);
    curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, kPostSeconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Append);
    handles_.push_back(handle);
  }
}

PlainPoster::~PlainPoster() {
  for (CURL* handle : handles_) curl_easy_cleanup(handle);
}

std::vector<TimedCall> PlainPoster::PostAll(const std::vector<PlainPost>& posts,
                                            const std::string& wanted) {
  std::vector<TimedCall> calls(posts.size());
  std::atomic<size_t> next = 0;
  std::vector<std::thread> threads;
  for (CURL* handle : handles_) {
    threads.emplace_back([&, handle] {
      for (size_t i = next++; i < posts.size(); i = next++) {
        calls[i].index = static_cast<int>(i);
        calls[i].begin = std::chrono::steady_clock::now();
        PostOne(handle, posts[i], wanted);
        calls[i].end = std::chrono::steady_clock::now();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return calls;
}

}  // namespace cardvault::testing
