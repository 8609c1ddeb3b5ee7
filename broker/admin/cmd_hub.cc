// status, clock, reload: what is asked of a running hub.
#include <nlohmann/json.hpp>

#include "broker/admin/ask.h"
#include "broker/admin/commands.h"
#include "broker/base/text.h"

namespace sam::admin {

Result<std::string> AskHub(Context& context, capnp::MallocMessageBuilder& message, int timeout_ms) {
  auto request = message.getRoot<schema::AdminRequest>();
  request.setRole(context.role.c_str());
  return Ask(context.config.admin_socket, message, timeout_ms);
}

Result<nlohmann::json> AskStatus(Context& context) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setStatus();
  SAM_ASSIGN(const std::string asked, AskHub(context, message, 5'000));
  nlohmann::json status = nlohmann::json::parse(asked, nullptr, false);
  if (!status.is_object()) return Internal("the hub's answer is not JSON");
  return status;
}

int ShowStatus(Context& context) {
  const auto asked = AskStatus(context);
  if (!asked.ok()) return context.out.Fail(asked.error());
  const nlohmann::json& status = *asked;
  context.out.Object("status", status);
  for (const auto& [key, value] : status.items()) {
    if (!value.is_array()) {
      context.out.Line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
      continue;
    }
    if (context.out.json()) continue;
    context.out.Line(key + ":");
    for (const auto& row : value) {
      std::string line = " ";
      for (const auto& [name, cell] : row.items())
        line += " " + name + "=" + (cell.is_string() ? cell.get<std::string>() : cell.dump());
      context.out.Line(line);
    }
  }
  return kOk;
}

int ShowReceivers(Context& context) {
  const auto asked = AskStatus(context);
  if (!asked.ok()) return context.out.Fail(asked.error());
  const nlohmann::json& status = *asked;
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : status.value("receivers", nlohmann::json::array()))
    rows.push_back({row.value("subscription", ""), row.value("state", ""), row.value("software", ""),
                    row.value("seen", ""), row.value("peer", ""),
                    std::to_string(row.value("oldestSeconds", int64_t{0}))});
  context.out.Table("receiver", {"subscription", "state", "software", "seen", "peer", "oldestSeconds"}, rows);
  return kOk;
}

int ClockSet(Context& context, const std::string& iso_time) {
  const auto time = FromIso(iso_time);
  if (!time) return context.out.Fail(Invalid("expected a time like 2026-03-02T09:15:00Z"));
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::AdminRequest>().setTick(time->value);
  const auto asked = AskHub(context, message, 30'000);
  if (!asked.ok()) return context.out.Fail(asked.error());
  context.out.Line("the hub's clock stands at " + ToIso(*time));
  context.out.Object("clock", {{"time", ToIso(*time)}});
  return kOk;
}

Status AskReload(Context& context, const std::string& reason) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<schema::AdminRequest>();
  request.setReload();
  request.setReason(reason.c_str());
  const auto asked = AskHub(context, message, 90'000);  // longer than the hub itself waits
  return asked.ok() ? Ok() : Status(asked.error());
}

int Reload(Context& context, const std::string& reason) {
  if (const Status done = AskReload(context, reason); !done.ok()) return context.out.Fail(done.error());
  context.out.Line("the hub has read its configuration again");
  context.out.Object("reload", {{"ok", true}});
  return kOk;
}

}  // namespace sam::admin
