#include "forwarder/outbound/https_transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/address_policy.h"
#include "forwarder/outbound/curl_heap.h"
#include "forwarder/outbound/curl_options.h"
#include "forwarder/outbound/curl_status.h"

namespace cardvault {
namespace {

constexpr ErrorReason kNone = ErrorReason::kUnspecified;

absl::Status AddressRefused() {
  return FailedPrecondition(kNone, "the upstream's address is not allowed for this route");
}

}  // namespace

HttpsTransfer::HttpsTransfer(const Clock& clock, const HttpsLimits& limits, SocketBook& sockets,
                             HttpsCall call)
    : clock_(clock),
      limits_(limits),
      sockets_(sockets),
      call_(std::move(call)),
      answer_headers_(std::move(call_.answer_headers)) {}

HttpsTransfer::~HttpsTransfer() = default;

HttpsTransfer* HttpsTransfer::Of(CURL* handle) {
  char* self = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<HttpsTransfer*>(self);
}

absl::Status HttpsTransfer::Prepare() {
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr) error_ = StatusBeforePosting(CURLE_OUT_OF_MEMORY);
  if (error_.ok()) error_ = Build();
  if (error_.ok() && !SetOptions()) error_ = StatusBeforePosting(CURLE_FAILED_INIT);
  return error_;
}

absl::Status HttpsTransfer::Build() {
  ASSIGN_OR_RETURN(HttpsMessage message, call_.build());
  // libcurl asked for the size when the transfer began.
  if (posting_count_ > 0 && message.body.size() != body_size_) {
    return Internal(ErrorReason::kInternal, "the request changed its size when signed again");
  }
  // The empty one: libcurl asks for no permission ("100 Continue") to send a body.
  std::unique_ptr<curl_slist, ListDeleter> headers(curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : message.headers) {
    // libcurl's way to send a header without a value is a semicolon.
    const std::string line = value.empty() ? name + ";" : absl::StrCat(name, ": ", value);
    curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) return StatusBeforePosting(CURLE_OUT_OF_MEMORY);
    (void)headers.release();
    headers.reset(longer);
  }
  if (curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers.get()) != CURLE_OK) {
    return StatusBeforePosting(CURLE_FAILED_INIT);
  }
  headers_ = std::move(headers);
  body_size_ = message.body.size();
  body_ = std::move(message.body);
  built_at_ = clock_.SinceBoot();
  return absl::OkStatus();
}

bool HttpsTransfer::SetOptions() {
  CURL* const easy = easy_.get();
  bool fine = SetRouteOptions(easy, call_.transport, limits_);
  const auto set = [&](CURLoption option, auto value) {
    fine = curl_easy_setopt(easy, option, value) == CURLE_OK && fine;
  };
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_URL, call_.url.c_str());
  // By the read function alone: of CURLOPT_POSTFIELDS libcurl makes one more copy beside the
  // headers.
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_size_));
  set(CURLOPT_READFUNCTION, OnRead);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, OnSeek);
  set(CURLOPT_SEEKDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, this);
  // The book, because a connection outlives the transfer that made it.
  set(CURLOPT_CLOSESOCKETFUNCTION, OnCloseSocket);
  set(CURLOPT_CLOSESOCKETDATA, &sockets_);
  set(CURLOPT_PREREQFUNCTION, OnPrerequest);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, OnTransferInfo);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_HEADERFUNCTION, OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, OnWrite);
  set(CURLOPT_WRITEDATA, this);
  return fine;
}

bool HttpsTransfer::WantsAnotherConnection() {
  if (!is_connection_unfit_) return false;
  is_connection_unfit_ = false;
  return curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

void HttpsTransfer::Finish(CURLcode code, absl::Status aborted) {
  HttpsResult result = ResultOf(code, aborted);
  // libcurl's buffers go with the handle, the connection may stay.
  EndBody();
  easy_.reset();
  body_.Wipe();
  std::move(call_.done)(std::move(result));
}

HttpsResult HttpsTransfer::ResultOf(CURLcode code, const absl::Status& aborted) {
  HttpsResult result;
  result.may_have_arrived = may_have_arrived_ || (code == CURLE_OK && error_.ok() && aborted.ok());
  if (!error_.ok()) {
    result.error = error_;
  } else if (!aborted.ok()) {
    result.error = aborted;
  } else if (code == CURLE_COULDNT_CONNECT && address_refused_ && !may_have_arrived_) {
    result.error = AddressRefused();
  } else if (code != CURLE_OK) {
    result.error = may_have_arrived_ ? StatusAfterPosting(code) : StatusBeforePosting(code);
  } else if (!has_answer_head_) {
    result.error = StatusAfterPosting(CURLE_PARTIAL_FILE);
  } else {
    long status = 0;  // NOLINT(runtime/int): libcurl's
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    result.http_status = static_cast<int>(status);
    if (status >= 200 && status < 300) {
      result.headers = answer_headers_.Release();
      result.body = answer_.Release();
    }
  }
  return result;
}

bool HttpsTransfer::IsConnectionFit(const char* local_address, int local_port) {
  long new_connections = 0;  // NOLINT(runtime/int): libcurl's
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &new_connections);
  if (new_connections == 0) {
    const int socket = sockets_.Find(local_address, local_port);
    return socket >= 0 && !HasInput(socket);
  }
  // There may well be something to read: tickets of TLS. Several addresses were tried, perhaps.
  for (const int socket : opened_) {
    if (LocalPortOf(socket) == local_port) sockets_.Add(local_address, local_port, socket);
  }
  return true;
}

int HttpsTransfer::BeforePosting(const char* address, const char* local_address, int local_port) {
  ++posting_count_;
  if (posting_count_ > 1) {
    if (limits_.has_resend_guard) {
      error_ = Unavailable(kNone, "the connection died after the request was sent on it");
      return CURL_PREREQFUNC_ABORT;
    }
    body_given_ = 0;
    return CURL_PREREQFUNC_OK;
  }
  // Asked for a new connection as well: it is entered into the book there.
  const bool is_fit = IsConnectionFit(local_address, local_port);
  if (!wants_new_connection_ && !is_fit) {
    posting_count_ = 0;
    is_connection_unfit_ = wants_new_connection_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  // Once more than in OnOpenSocket: a connection may have been made for a route that allows more.
  if (!MayConnect(KindOfAddress(address), call_.transport.allow_private_addresses)) {
    error_ = AddressRefused();
  } else if (clock_.SinceBoot() - built_at_ > limits_.signature_life) {
    error_ = Build();
  }
  if (!error_.ok()) return CURL_PREREQFUNC_ABORT;
  may_have_arrived_ = true;
  return CURL_PREREQFUNC_OK;
}

size_t HttpsTransfer::GiveBody(char* out, size_t capacity) {
  const absl::string_view rest =
      SecretBytesAccess::View(body_).substr(std::min(body_given_, body_.size()));
  const size_t size = std::min(rest.size(), capacity);
  if (size > 0) std::memcpy(out, rest.data(), size);
  upload_buffer_ = out;
  upload_buffer_use_ = size;
  body_given_ += size;
  return size;
}

void HttpsTransfer::OnProgress(curl_off_t uploaded) {
  if (posting_count_ > 0 && uploaded >= 0 && static_cast<size_t>(uploaded) >= body_size_) {
    EndBody();
  }
}

// All of the body was handed to TLS, which encrypts in place of its copy, or never will be.
void HttpsTransfer::EndBody() {
  if (body_ended_ || !limits_.has_resend_guard) return;
  body_ended_ = true;
  body_.Wipe();
  CurlHeap::CleanseIfHeld(upload_buffer_, upload_buffer_use_);
  if (may_have_arrived_ && call_.on_body_gone != nullptr) std::move(call_.on_body_gone)();
}

int HttpsTransfer::OnPrerequest(void* self, char* address, char* local_address, int,
                                int local_port) {
  return static_cast<HttpsTransfer*>(self)->BeforePosting(address, local_address, local_port);
}

int HttpsTransfer::OnCloseSocket(void* sockets, curl_socket_t socket) {
  static_cast<SocketBook*>(sockets)->Remove(socket);
  return close(socket);
}

curl_socket_t HttpsTransfer::OnOpenSocket(void* self, curlsocktype purpose,
                                          curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpsTransfer*>(self);
  const AddressKind kind = KindOfAddress(&address->addr, address->addrlen);
  if (purpose != CURLSOCKTYPE_IPCXN ||
      !MayConnect(kind, transfer.call_.transport.allow_private_addresses)) {
    // Another address of the same name may do.
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened >= 0) transfer.opened_.push_back(opened);
  return opened;
}

size_t HttpsTransfer::OnRead(char* out, size_t size, size_t count, void* self) {
  return static_cast<HttpsTransfer*>(self)->GiveBody(out, size * count);
}

int HttpsTransfer::OnSeek(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<HttpsTransfer*>(self);
  // A body is given once. libcurl would rewind to post it again.
  if (transfer.limits_.has_resend_guard || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  transfer.body_given_ = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t HttpsTransfer::OnWrite(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<HttpsTransfer*>(self);
  const size_t total = size * count;
  if (total > transfer.limits_.max_answer_size - transfer.answer_.size()) {
    transfer.error_ = Unavailable(kNone, "the upstream's answer is too large");
    return 0;  // ends the transfer
  }
  transfer.answer_.Append(absl::string_view(data, total));
  return total;
}

size_t HttpsTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<HttpsTransfer*>(self);
  // Called line by line; libcurl itself takes a stream that ends among them for an answer. What
  // comes behind a body are trailers, which end without an empty line here.
  if (transfer.answer_.size() == 0) {
    transfer.has_answer_head_ = size * count > 0 && (data[0] == '\r' || data[0] == '\n');
  }
  transfer.answer_header_size_ += size * count;
  if (transfer.answer_header_size_ > transfer.limits_.max_answer_header_size) {
    transfer.error_ = Unavailable(kNone, "the upstream's answer is too large");
    return 0;
  }
  transfer.answer_headers_.AddLine(absl::string_view(data, size * count));
  return size * count;
}

int HttpsTransfer::OnTransferInfo(void* self, curl_off_t, curl_off_t, curl_off_t,
                                  curl_off_t uploaded) {
  static_cast<HttpsTransfer*>(self)->OnProgress(uploaded);
  return 0;
}

}  // namespace cardvault
