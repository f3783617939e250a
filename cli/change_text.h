#ifndef CARDVAULT_CLI_CHANGE_TEXT_H_
#define CARDVAULT_CLI_CHANGE_TEXT_H_

#include <string>

#include "cardvault/admin/v1/change_service.pb.h"

namespace cardvault::cli {

// "PROPOSED"
std::string ChangeStateWord(const admin::v1::Change& change);

// What a proposal would do, in whole sentences, and its document if it has one.
std::string ProposalText(const admin::v1::Change& change, const admin::v1::Proposal& proposal);

// Of an open change with a document: what of the one in force it changes, line by line. Else "".
std::string DifferenceText(const admin::v1::GetChangeResponse& response);

// A change for who is to approve it: what it would do, what of a document it changes, who proposed
// it, its digest.
std::string ChangeText(const admin::v1::GetChangeResponse& response);

// What became of a change, one line or two.
std::string OutcomeText(const admin::v1::Change& change);

// What was just proposed, and how it goes on.
std::string ProposedText(const admin::v1::Change& change);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_CHANGE_TEXT_H_
