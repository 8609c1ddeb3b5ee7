// What is gone on purpose: records of kind DISPOSED (whose payloads were dropped, by which rule and decision) and
// rows of kErased (persons whose key is forgotten). Neither names anybody. Pure functions; reads of the store
// see applied rows. Any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/ladder.h"
#include "broker/store/store.h"

namespace sam::dispatch {

// The rule of a disposal that came with an erasure.
inline constexpr char kEraseRule[] = "erase";

struct DisposedItem {
  Offset offset;
  SubjectId subject;  // whose signal it told of
  bool operator==(const DisposedItem&) const = default;
};
struct DisposalFacts {
  std::string rule;
  std::string decision;  // the decision on disposal (gallringsbeslut), or the officer's reason
  std::vector<DisposedItem> items;
};
// A record takes so many; more make further records with the same rule.
inline constexpr size_t kDisposalItemsMax = 2'000;
std::vector<DisposalFacts> SplitDisposal(DisposalFacts facts, size_t items_max = kDisposalItemsMax);
std::string EncodeDisposal(const DisposalFacts& facts);
Result<DisposalFacts> DecodeDisposal(std::string_view payload);  // kCorrupt

// Rows of kErased: subject -> when, and the command that asked for it.
struct ErasedRow {
  Millis at;
  Offset command;
  bool operator==(const ErasedRow&) const = default;
};
std::string EncodeErased(const ErasedRow& row);
Result<ErasedRow> DecodeErased(std::string_view bytes);  // kCorrupt
Result<std::map<SubjectId, ErasedRow>> ReadErased(const Store& store);
Result<std::optional<ErasedRow>> ErasedOf(const Store& store, const SubjectId& subject);

// A statutory report that is held, not delivered yet or not answered: somebody waits for it.
bool IsOpenReport(const SignalRow& row);

}  // namespace sam::dispatch
