#ifndef CARDVAULT_SERVER_LISTENERS_H_
#define CARDVAULT_SERVER_LISTENERS_H_

#include <grpcpp/server.h>

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "server/config.h"

namespace cardvault {

// The two ports: merchants' and operators', each with its own certificate and client CA.
// Thread-compatible.
class Listeners final {
 public:
  struct Services {
    std::vector<grpc::Service*> merchant;  // all must outlive the listeners
    std::vector<grpc::Service*> admin;
  };

  // Null when a port could not be had; `failed` is then the listener at fault.
  static std::unique_ptr<Listeners> Start(const ServerConfig& config, const Services& services,
                                          const ListenerConfig** failed);

  // What health checks of the merchants' port hear, of the port and of each service on it. Those
  // of the operators' port hear that it serves: the process answers.
  void SetMerchantServing(bool is_serving);

  // Tells health checks of both ports that this server takes no more calls, for good.
  void SetNotServing();

  // Lets calls under way end for up to `patience`, then cuts them.
  void Shutdown(absl::Duration patience);

  int merchant_port() const { return merchant_port_; }
  int admin_port() const { return admin_port_; }

 private:
  Listeners() = default;

  int merchant_port_ = 0;
  int admin_port_ = 0;
  std::unique_ptr<grpc::Server> merchant_;
  std::unique_ptr<grpc::Server> admin_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_LISTENERS_H_
