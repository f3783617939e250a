#include "server/listeners.h"

#include <grpc/impl/codegen/grpc_types.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include "absl/time/clock.h"
#include "server/tls_files.h"

namespace cardvault {
namespace {

// Above every limit of the role table, which refuses with an audit entry; beyond this gRPC itself
// refuses before it reads on (RESOURCE_EXHAUSTED).
constexpr int kMaxMessageSize = 1 << 20;
// Calls under way on one connection.
constexpr int kMaxStreamsPerConnection = 1024;
constexpr int kMaxMetadataSize = 16 * 1024;
// What gRPC may hold for one port's connections and unfinished messages; beyond it, it reads no
// further and takes no new connections.
constexpr size_t kMaxPortMemory = size_t{512} << 20;
constexpr int kKeepAliveMillis = 60 * 1000;
// As health checks name them.
constexpr const char* kMerchantServices[] = {"cardvault.v1.TokenService",
                                             "cardvault.v1.PaymentService"};

std::unique_ptr<grpc::Server> StartOne(const ListenerConfig& listener,
                                       const std::vector<grpc::Service*>& services, int* port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listener.address, MakeServerCredentials(listener), port);
  builder.SetMaxReceiveMessageSize(kMaxMessageSize);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataSize);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveMillis);
  // gRPC would inflate a whole message before it looks at its size, whoever sent it.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetResourceQuota(grpc::ResourceQuota("port").Resize(kMaxPortMemory));
  // Two servers on one port would share its callers without a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Compressed answers and channel tracing are side doors for what passes through.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  return *port == 0 ? nullptr : std::move(server);
}

}  // namespace

std::unique_ptr<Listeners> Listeners::Start(const ServerConfig& config, const Services& services,
                                            const ListenerConfig** failed) {
  grpc::EnableDefaultHealthCheckService(true);
  auto listeners = std::unique_ptr<Listeners>(new Listeners);
  listeners->admin_ = StartOne(config.admin, services.admin, &listeners->admin_port_);
  if (listeners->admin_ == nullptr) {
    *failed = &config.admin;
    return nullptr;
  }
  listeners->merchant_ = StartOne(config.merchant, services.merchant, &listeners->merchant_port_);
  if (listeners->merchant_ == nullptr) {
    *failed = &config.merchant;
    listeners->admin_->Shutdown();
    return nullptr;
  }
  auto* health = listeners->merchant_->GetHealthCheckService();
  for (const char* service : kMerchantServices) health->SetServingStatus(service, true);
  return listeners;
}

void Listeners::SetMerchantServing(bool is_serving) {
  merchant_->GetHealthCheckService()->SetServingStatus(is_serving);
}

void Listeners::SetNotServing() {
  for (grpc::Server* server : {merchant_.get(), admin_.get()}) {
    server->GetHealthCheckService()->Shutdown();
  }
}

void Listeners::Shutdown(absl::Duration patience) {
  const auto deadline = absl::ToChronoTime(absl::Now() + patience);
  merchant_->Shutdown(deadline);
  admin_->Shutdown(deadline);
}

}  // namespace cardvault
