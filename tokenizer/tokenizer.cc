#include "tokenizer/tokenizer.h"

#include <utility>

#include "base/status.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/replace_pan_flow.h"
#include "tokenizer/tokenize_flow.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// Shared with the calls in flight, which may outlive the tokenizer.
class Tokenizer::Impl {
 public:
  Impl(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
       const Clock& clock, Executor& executor, Options options)
      : engine_(engine),
        pipeline_(pipeline),
        keyring_(keyring),
        clock_(clock),
        executor_(executor),
        options_(options) {}

  // Runs `flow` over `input` with fresh tables for each try.
  template <typename T, typename Input>
  static void Run(std::shared_ptr<Impl> self,
                  absl::StatusOr<Attempt<T>> (*flow)(const CardTables&, const TokenizerOptions&,
                                                     const Input&, absl::Time),
                  Input input, Done<T> done) {
    CommitPipeline& pipeline = self->pipeline_;
    Executor& executor = self->executor_;
    CommitLoop<T>::Run(
        pipeline, executor,
        [self = std::move(self), flow, input = std::move(input)]() -> absl::StatusOr<Attempt<T>> {
          ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                           CardTables::Open(self->engine_, self->keyring_, self->options_.mode));
          return flow(*tables, self->options_, input, self->clock_.Now());
        },
        std::move(done));
  }

 private:
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  Executor& executor_;
  const Options options_;
};

Tokenizer::Tokenizer(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                     const Clock& clock, Executor& executor, Options options)
    : impl_(std::make_shared<Impl>(engine, pipeline, keyring, clock, executor, options)) {}

Tokenizer::~Tokenizer() = default;

void Tokenizer::Tokenize(TokenizeInput input, Done<TokenizeOutput> done) {
  Impl::Run(impl_, &TryTokenize, std::move(input), std::move(done));
}

void Tokenizer::ReplacePan(ReplacePanInput input, Done<TokenView> done) {
  Impl::Run(impl_, &TryReplacePan, std::move(input), std::move(done));
}

}  // namespace cardvault
