#include "broker/dispatch/disposal.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::dispatch {

std::vector<DisposalFacts> SplitDisposal(DisposalFacts facts, size_t items_max) {
  std::vector<DisposalFacts> out;
  for (size_t from = 0; from < facts.items.size(); from += items_max) {
    const size_t until = std::min(facts.items.size(), from + items_max);
    out.push_back({facts.rule, facts.decision,
                   {facts.items.begin() + static_cast<std::ptrdiff_t>(from),
                    facts.items.begin() + static_cast<std::ptrdiff_t>(until)}});
  }
  return out;
}

std::string EncodeDisposal(const DisposalFacts& facts) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::Disposal>();
  root.setRule(facts.rule);
  root.setDecision(facts.decision);
  auto items = root.initItems(static_cast<unsigned>(facts.items.size()));
  for (unsigned i = 0; i < items.size(); ++i) {
    items[i].setOffset(facts.items[i].offset.value);
    items[i].setSubject(wire::AsData(facts.items[i].subject.view()));
  }
  return wire::Flatten(message);
}

Result<DisposalFacts> DecodeDisposal(std::string_view payload) {
  auto read = wire::ReadOwn<schema::Disposal>(
      payload, [](schema::Disposal::Reader root) -> Result<DisposalFacts> {
        DisposalFacts facts;
        facts.rule = root.getRule().cStr();
        facts.decision = root.getDecision().cStr();
        for (auto item : root.getItems())
          facts.items.push_back(
              {Offset(item.getOffset()), wire::IdOf<SubjectId>(item.getSubject())});
        return facts;
      });
  if (!read.ok()) return Corrupt("a record of what was disposed of: " + read.error().message);
  return read;
}

std::string EncodeErased(const ErasedRow& row) {
  return BigEndian64(static_cast<uint64_t>(row.at.value)) + BigEndian64(row.command.value);
}

Result<ErasedRow> DecodeErased(std::string_view bytes) {
  if (bytes.size() != 16) return Corrupt("a row of who was erased has the wrong length");
  return ErasedRow{Millis(static_cast<int64_t>(ReadBigEndian64(bytes))),
                   Offset(ReadBigEndian64(bytes.substr(8)))};
}

Result<std::map<SubjectId, ErasedRow>> ReadErased(const Store& store) {
  std::map<SubjectId, ErasedRow> out;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kErased, "", "", [&](std::string_view key, std::string_view value) {
    const auto subject = SubjectId::From(key);
    const auto row = DecodeErased(value);
    if (!row.ok()) inner = row.error();
    else if (!subject) inner = Corrupt("a row of who was erased names nobody");
    else out.emplace(*subject, *row);
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  return out;
}

Result<std::optional<ErasedRow>> ErasedOf(const Store& store, const SubjectId& subject) {
  if (subject.empty()) return std::optional<ErasedRow>();
  SAM_ASSIGN(const auto bytes, store.Get(spaces::kErased, subject.view()));
  if (!bytes) return std::optional<ErasedRow>();
  SAM_ASSIGN(const ErasedRow row, DecodeErased(*bytes));
  return std::optional<ErasedRow>(row);
}

bool IsOpenReport(const SignalRow& row) {
  if (row.code != "SIG-A1" || row.withdrawn) return false;
  if (row.outcome == schema::Outcome::HELD) return true;
  return row.outcome == schema::Outcome::DELIVER && row.released_as.empty() && AnswersOf(row) == 0;
}

}  // namespace sam::dispatch
