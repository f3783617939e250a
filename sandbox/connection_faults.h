#ifndef CARDVAULT_SANDBOX_CONNECTION_FAULTS_H_
#define CARDVAULT_SANDBOX_CONNECTION_FAULTS_H_

#include <openssl/ssl.h>

namespace cardvault::sandbox {

// The ways in which a gateway's end of a TLS connection can die. They act at once, on the TCP
// socket below TLS, from inside a request's handler: whatever the HTTP server then tries to write
// fails, so not one byte follows, not even TLS's own good-bye. The socket's descriptor stays valid
// and is closed by its owner. SIGPIPE must be ignored. Thread-safe for different connections.

// Ends both directions: the peer sees an orderly end of the stream (FIN).
void CloseConnection(const SSL* connection);

// Throws the connection away: the peer sees a reset (RST).
void ResetConnection(const SSL* connection);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CONNECTION_FAULTS_H_
