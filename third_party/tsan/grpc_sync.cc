// Tells ThreadSanitizer what a gRPC completion queue does.
//
// Debian's gRPC is not instrumented, so ThreadSanitizer does not see that what a
// thread wrote before it started a batch is there when the batch's tag comes out
// of the queue in another thread. As in abseil_sync.cc, the definitions below
// stand in front of the library's own.

#include <dlfcn.h>
#include <grpc/grpc.h>

#include <cstdio>
#include <cstdlib>

extern "C" {

void __tsan_acquire(void* address);
void __tsan_release(void* address);

static void* Real(const char* name) {
  void* symbol = dlsym(RTLD_NEXT, name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "tsan: gRPC has no %s\n", name);
    std::abort();
  }
  return symbol;
}

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t nops, void* tag,
                                      void* reserved) {
  static const auto real =
      reinterpret_cast<decltype(&grpc_call_start_batch)>(Real("grpc_call_start_batch"));
  __tsan_release(tag);
  return real(call, ops, nops, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  static const auto real =
      reinterpret_cast<decltype(&grpc_completion_queue_next)>(Real("grpc_completion_queue_next"));
  const grpc_event event = real(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  static const auto real =
      reinterpret_cast<decltype(&grpc_completion_queue_pluck)>(Real("grpc_completion_queue_pluck"));
  const grpc_event event = real(queue, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"
