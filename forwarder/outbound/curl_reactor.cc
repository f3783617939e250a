#include "forwarder/outbound/curl_reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/curl_heap.h"

namespace cardvault {
namespace {

constexpr size_t kEventsAtOnce = 128;
// Idle connections that are kept for reuse, all routes together.
constexpr long kMaxIdleConnections = 256;  // NOLINT(runtime/int): libcurl's
// A bound for one wait, so that a rounding of libcurl's timers can never stop the loop.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

absl::Duration SteadyNow() {
  timespec now{};
  CV_CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return absl::DurationFromTimespec(now);
}

uint32_t EpollEvents(int what) {
  return ((what & CURL_POLL_IN) != 0 ? uint32_t{EPOLLIN} : 0u) |
         ((what & CURL_POLL_OUT) != 0 ? uint32_t{EPOLLOUT} : 0u);
}

int CurlEvents(uint32_t events) {
  return ((events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
         ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
         ((events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlReactor>> CurlReactor::Create() {
  RETURN_IF_ERROR(CurlHeap::Install());
  CURLM* const multi = curl_multi_init();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake;
  if (multi == nullptr || epoll < 0 || wake < 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0) {
    if (wake >= 0) close(wake);
    if (epoll >= 0) close(epoll);
    curl_multi_cleanup(multi);
    return Internal(ErrorReason::kInternal, "no event loop for upstream calls can be made");
  }
  return std::unique_ptr<CurlReactor>(new CurlReactor(multi, epoll, wake));
}

CurlReactor::CurlReactor(CURLM* multi, int epoll, int wake)
    : multi_(multi), epoll_(epoll), wake_(wake) {
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket) == CURLM_OK);
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this) == CURLM_OK);
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer) == CURLM_OK);
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this) == CURLM_OK);
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) == CURLM_OK);
  CV_CHECK(curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections) == CURLM_OK);
}

CurlReactor::~CurlReactor() {
  curl_multi_cleanup(multi_);
  close(wake_);
  close(epoll_);
}

bool CurlReactor::Add(CURL* transfer) {
  return curl_multi_add_handle(multi_, transfer) == CURLM_OK;
}

void CurlReactor::Remove(CURL* transfer) { curl_multi_remove_handle(multi_, transfer); }

void CurlReactor::Run(absl::Duration patience, absl::FunctionRef<void(CURL*, CURLcode)> done) {
  absl::Duration wait = std::min(patience, kLongestWait);
  if (deadline_.has_value()) wait = std::min(wait, *deadline_ - SteadyNow());
  // Rounded up: an early call would find that it is not time yet, over and over.
  const int64_t wait_ms =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(wait_ms));
  int running = 0;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == wake_) {
      uint64_t ignored = 0;
      (void)!read(wake_, &ignored, sizeof(ignored));
    } else {
      curl_multi_socket_action(multi_, events[i].data.fd, CurlEvents(events[i].events), &running);
    }
  }
  if (count == 0 || (deadline_.has_value() && SteadyNow() >= *deadline_)) {
    deadline_.reset();  // libcurl sets the next one in the call
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  // Taken out first: a message does not outlive the removal of its transfer.
  std::vector<std::pair<CURL*, CURLcode>> ended;
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      ended.emplace_back(message->easy_handle, message->data.result);
    }
  }
  for (const auto& [transfer, code] : ended) done(transfer, code);
}

void CurlReactor::Wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is awake.
  (void)!write(wake_, &one, sizeof(one));
}

int CurlReactor::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  const int epoll = static_cast<CurlReactor*>(self)->epoll_;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.events = EpollEvents(what);
  event.data.fd = socket;
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0) {
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  }
  return 0;
}

int CurlReactor::OnTimer(CURLM*, long timeout_ms, void* self) {  // NOLINT(runtime/int)
  auto& deadline = static_cast<CurlReactor*>(self)->deadline_;
  if (timeout_ms < 0) {
    deadline.reset();
  } else {
    deadline = SteadyNow() + absl::Milliseconds(timeout_ms);
  }
  return 0;
}

}  // namespace cardvault
