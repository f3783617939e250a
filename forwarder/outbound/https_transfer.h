#ifndef CARDVAULT_FORWARDER_OUTBOUND_HTTPS_TRANSFER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_HTTPS_TRANSFER_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/access/secret_buffer.h"
#include "base/clock.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/socket_book.h"
#include "forwarder/outbound/wanted_headers.h"

namespace cardvault {

// One POST as a libcurl transfer, and the guard that keeps libcurl from posting it twice.
//
// libcurl posts a request again by itself when a kept connection dies before the first byte of an
// answer. It asks CURLOPT_PREREQFUNCTION before each posting, so:
// - before the first call nothing has left, which is proved;
// - the first call marks the request as sent, and is the last moment to sign it again;
// - where something is to be read on a kept connection already, the request goes to a new one;
// - a second call ends the transfer, and nobody can know what became of the first posting.
// Not thread-safe; must stay where it is.
class HttpsTransfer final {
 public:
  // `clock` and `limits` outlive it; `sockets` outlives every connection of the reactor as well.
  HttpsTransfer(const Clock& clock, const HttpsLimits& limits, SocketBook& sockets, HttpsCall call);
  HttpsTransfer(const HttpsTransfer&) = delete;
  HttpsTransfer& operator=(const HttpsTransfer&) = delete;
  ~HttpsTransfer();

  // Builds the message and sets libcurl up. After an error the transfer has ended: Finish.
  absl::Status Prepare();

  // To be given to the reactor after Prepare, and taken from it before Finish.
  CURL* handle() const { return easy_.get(); }
  static HttpsTransfer* Of(CURL* handle);

  // Whether the transfer ended before its first byte, because the kept connection that it got was
  // not fit for it; it is set up then to be given to the reactor again, and to use a new one.
  bool WantsAnotherConnection();

  // Wipes what is left of the message and tells the caller what became of it. Once. `aborted`: why
  // the transfer was ended from outside, else OK.
  void Finish(CURLcode code, absl::Status aborted);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  absl::Status Build();
  bool SetOptions();
  // False for a kept connection on which something came that nobody has asked for. libcurl 7.88
  // would take it for the answer to what it sends next.
  bool IsConnectionFit(const char* local_address, int local_port);
  int BeforePosting(const char* address, const char* local_address, int local_port);
  size_t GiveBody(char* out, size_t capacity);
  void OnProgress(curl_off_t uploaded);
  void EndBody();
  HttpsResult ResultOf(CURLcode code, const absl::Status& aborted);

  static int OnPrerequest(void* self, char* address, char* local_address, int port, int local_port);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnCloseSocket(void* sockets, curl_socket_t socket);
  static size_t OnRead(char* out, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static size_t OnWrite(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static int OnTransferInfo(void* self, curl_off_t download_total, curl_off_t downloaded,
                            curl_off_t upload_total, curl_off_t uploaded);

  const Clock& clock_;
  const HttpsLimits& limits_;
  SocketBook& sockets_;
  HttpsCall call_;
  // Before the handle, which points at it: they die in reverse.
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;

  SecretBytes body_;
  size_t body_size_ = 0;           // also after the body was wiped
  size_t body_given_ = 0;          // to libcurl
  char* upload_buffer_ = nullptr;  // libcurl's, which holds what was given last
  size_t upload_buffer_use_ = 0;
  bool body_ended_ = false;
  absl::Duration built_at_;  // by Clock::SinceBoot

  std::vector<int> opened_;  // sockets, some of which may be closed
  int posting_count_ = 0;
  bool may_have_arrived_ = false;
  bool address_refused_ = false;
  bool is_connection_unfit_ = false;   // the one that it has
  bool wants_new_connection_ = false;  // asked for once
  absl::Status error_;                 // found in a callback

  SecretBuffer answer_;
  WantedHeaders answer_headers_;
  size_t answer_header_size_ = 0;
  bool has_answer_head_ = false;  // whole
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_HTTPS_TRANSFER_H_
