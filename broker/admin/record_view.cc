#include "broker/admin/record_view.h"

#include <capnp/dynamic.h>

#include <nlohmann/json.hpp>

#include "broker/base/text.h"
#include "broker/contract/place.h"
#include "broker/contract/printer.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/journal/record_codec.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/storage.capnp.h"

namespace sam::admin {
namespace {

// Calls `use` with the payload read by the schema of its kind.
template <typename F>
std::string WithPayload(const journal::Record& record, F&& use) {
  if (!record.payload) return "";
  const auto read = [&]<typename T>(T*) -> std::string {
    auto result = wire::ReadOwn<T>(*record.payload, [&](typename T::Reader reader) {
      return Result<std::string>(use(capnp::DynamicStruct::Reader(reader)));
    });
    return result.ok() ? std::move(result).value() : "unreadable: " + result.error().message;
  };
  using journal::Kind;
  switch (record.header.kind) {
    case Kind::EVENT:
    case Kind::CONFLICT: return read(static_cast<schema::Event*>(nullptr));
    case Kind::TICK: return read(static_cast<schema::Tick*>(nullptr));
    case Kind::CONFIG: return read(static_cast<schema::ConfigLoaded*>(nullptr));
    case Kind::PROGRESS: return read(static_cast<schema::Progress*>(nullptr));
    case Kind::COMMAND: return read(static_cast<schema::Command*>(nullptr));
    case Kind::RECHECK: return read(static_cast<schema::Recheck*>(nullptr));
    case Kind::DECISION: return read(static_cast<schema::Decision*>(nullptr));
    case Kind::AUDIT: return read(static_cast<schema::AuditRow*>(nullptr));
    case Kind::DISPOSED: return read(static_cast<schema::Disposal*>(nullptr));
    default: return "";
  }
}

}  // namespace

nlohmann::json HeaderJson(const journal::Header& header) {
  nlohmann::json json = {{"offset", header.offset.value},
                         {"time", ToIso(header.time)},
                         {"kind", journal::KindName(header.kind)},
                         {"peer", header.peer},
                         {"payloadBytes", header.payload_bytes},
                         {"payloadDigest", ToHex(header.payload_digest)},
                         {"schemaVersion", header.schema_version}};
  if (!header.event.empty()) json["event"] = ToUuid(header.event.view());
  if (!header.subject.empty()) json["subject"] = ToHex(header.subject.view());
  if (!header.controller_org.empty())
    json["controller"] = header.controller_org + "/" + header.controller_board;
  if (header.cause != journal::kNoCause) json["cause"] = header.cause;
  return json;
}

journal::Record WithoutPlaces(journal::Record record) {
  using journal::Kind;
  if (!record.payload) return record;
  const Kind kind = record.header.kind;
  const auto rest = [&]() -> Result<std::string> {
    if (kind == Kind::EVENT || kind == Kind::CONFLICT) {
      SAM_ASSIGN(const auto event, wire::Parse<schema::Event>(*record.payload));
      return contract::SplitPlaces(event.get()).rest;
    }
    if (kind != Kind::DECISION) return std::string();
    SAM_ASSIGN(dispatch::DecisionFacts facts, dispatch::DecodeDecision(*record.payload));
    if (facts.bytes.empty()) return std::string();
    SAM_ASSIGN(const auto signal, wire::Parse<schema::Signal>(facts.bytes));
    contract::PlaceSplit split = contract::SplitPlaces(signal.get());
    if (!split.apart()) return std::string();
    facts.bytes = std::move(split.rest);
    return dispatch::EncodeDecision(facts);
  }();
  if (!rest.ok()) {
    record.payload.reset();
  } else if (!rest->empty()) {
    record.payload = *rest;
    record.apart = true;
  }
  return record;
}

std::string PayloadJson(const journal::Record& record, bool reveal) {
  const std::string json = WithPayload(record, [&](capnp::DynamicStruct::Reader reader) {
    return contract::StructJson(reader, reveal);
  });
  return json.empty() ? "null" : json;
}

std::string PayloadText(const journal::Record& record, bool reveal, contract::Language language) {
  contract::PrintOptions options;
  options.language = language;
  options.reveal = reveal;
  options.indent = 2;
  return WithPayload(record, [&](capnp::DynamicStruct::Reader reader) {
    return contract::PrintStruct(reader, options);
  });
}

std::string Summary(const journal::Record& record) {
  using journal::Kind;
  if (!record.payload) return "(payload gone)";
  const auto text = [&]() -> Result<std::string> {
    switch (record.header.kind) {
      case Kind::EVENT:
      case Kind::CONFLICT:
        return wire::ReadOwn<schema::Event>(*record.payload, [](schema::Event::Reader event) {
          return Result<std::string>(std::string(wire::View(event.getHeader().getType())));
        });
      case Kind::DECISION:
        return wire::ReadOwn<schema::Decision>(*record.payload, [](schema::Decision::Reader d) {
          static constexpr const char* kOutcomes[] = {"unset",  "deliver",  "held",
                                                      "denied", "withheld", "superseded"};
          const auto outcome = static_cast<size_t>(d.getOutcome());
          return Result<std::string>(std::string(wire::View(d.getCode())) + " " +
                                     (outcome < std::size(kOutcomes) ? kOutcomes[outcome] : "?") +
                                     " " + std::string(wire::View(d.getReceiverFunction())));
        });
      case Kind::PROGRESS:
        return wire::ReadOwn<schema::Progress>(*record.payload, [](schema::Progress::Reader p) {
          return Result<std::string>(std::string(wire::View(p.getSubscription())) + " to " +
                                     std::to_string(p.getFloor()));
        });
      case Kind::CONFIG:
        return wire::ReadOwn<schema::ConfigLoaded>(
            *record.payload, [](schema::ConfigLoaded::Reader c) {
              return Result<std::string>("version " + std::string(wire::View(c.getVersion())));
            });
      case Kind::DISPOSED:
        return wire::ReadOwn<schema::Disposal>(*record.payload, [](schema::Disposal::Reader d) {
          return Result<std::string>(std::string(wire::View(d.getRule())) + " " +
                                     std::to_string(d.getItems().size()) + " payloads");
        });
      default: return std::string();
    }
  }();
  return text.ok() ? *text : "(unreadable)";
}

}  // namespace sam::admin
