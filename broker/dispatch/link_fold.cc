// Numbers of identities that were found to be one person's: whoever is sent something of that person afterwards gets
// both sides of the link, or it looks for the child by a number that has ended.
#include <algorithm>

#include "broker/contract/codes.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/rules/update.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

std::vector<routing::PersonNumber> NumbersIn(schema::Event::Reader event) {
  std::vector<routing::PersonNumber> out;
  const auto add = [&](capnp::List<schema::Identifier>::Reader ids) {
    for (const auto id : ids)
      if (!contract::NamesNobody(id))
        out.push_back({id.getSystem().cStr(), id.getValue().cStr(), id.getFlag().cStr()});
  };
  add(event.getHeader().getSubject().getIds());
  if (event.getBody().isPersonIdLinked()) add(event.getBody().getPersonIdLinked().getOldIds());
  return out;
}

}  // namespace

Result<std::vector<routing::PersonNumber>> Dispatcher::LinkedNumbers(const Input& in,
                                                                     const std::vector<Offset>& links) {
  std::vector<routing::PersonNumber> out;
  for (const Offset link : links) {
    SAM_ASSIGN(const std::string bytes, Payload(in, link));
    if (bytes.empty()) continue;  // erased, or disposed of
    SAM_ASSIGN(const auto event, wire::Parse<schema::Event>(bytes));
    for (routing::PersonNumber& one : NumbersIn(event.get())) out.push_back(std::move(one));
  }
  return out;
}

// The same link is told by each system that hears of it, and again: what tells no new number takes nobody's place.
Status Dispatcher::NoteLink(const Input& in, rules::SubjectState& state) {
  if (settings_.fold < 7) return Ok();
  if (rules::WasRetracted(state, in.header.event)) return Ok();  // taken back before it came
  SAM_ASSIGN(const auto event, wire::Parse<schema::Event>(in.payload));
  if (event.get().getHeader().getStatus() == schema::EventStatus::RETRACTED) return Ok();
  std::vector<Offset> links;
  for (const rules::LinkTold& link : state.links) links.push_back(link.offset);
  SAM_ASSIGN(const std::vector<routing::PersonNumber> known, LinkedNumbers(in, links));
  const std::vector<routing::PersonNumber> told = NumbersIn(event.get());
  const bool news = std::any_of(told.begin(), told.end(), [&](const routing::PersonNumber& one) {
    return std::none_of(known.begin(), known.end(), [&](const auto& has) { return has.value == one.value; });
  });
  if (news) rules::PushBounded(state.links, {in.header.event, in.header.offset}, rules::kLinksMax);
  return Ok();
}

}  // namespace sam::dispatch
