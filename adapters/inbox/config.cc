#include "adapters/inbox/config.h"

#include <filesystem>

#include "broker/config/toml.h"

namespace sam::inbox {

Result<Config> LoadConfig(const std::string& path) {
  SAM_ASSIGN(auto document, config::Document::Load(path));
  std::error_code error;  // no current folder: relative paths are then not found, and said so
  const std::filesystem::path folder = std::filesystem::absolute(path, error).parent_path();
  const auto file = [&](std::string text) {
    if (text.empty() || text.front() == '/') return text;
    return (folder / text).lexically_normal().string();
  };
  config::Table root = document.Root();
  Config out;
  out.speaker.system_id = root.Text("system_id");
  out.speaker.function = root.Text("function");
  out.store = file(root.Text("store"));
  out.socket = file(root.Text("admin_socket"));
  out.http_endpoint = root.TextOr("http_endpoint", "");
  out.language = root.OneOf("lang", {"sv", "en"}, 0) == 1 ? contract::Language::kEnglish
                                                          : contract::Language::kSwedish;
  out.window_messages = static_cast<uint32_t>(root.IntOr("window_messages", 64, 1, 256));
  if (auto controller = root.Sub("controller")) {
    out.speaker.org_nr = controller->Text("org_nr");
    out.speaker.board = controller->TextOr("board", "");
  } else {
    root.Fail("controller", "a table [controller] with org_nr and board");
  }
  if (auto hub = root.Sub("hub")) {
    out.delivery = hub->Text("delivery");
    out.ingress = hub->Text("ingress");
    out.hub_key = hub->Text("public_key");
    for (const char* key : {"delivery", "ingress"})
      if (hub->Has(key) && hub->TextOr(key, "").rfind("tcp://", 0) != 0)
        hub->Fail(key, "an address such as tcp://hub.example:5571");
    if (hub->Has("public_key") && out.hub_key.size() != 40)
      hub->Fail("public_key", "the hub's public key, 40 characters");
  } else {
    root.Fail("hub", "a table [hub] with delivery, ingress and public_key");
  }
  if (auto keys = root.Sub("keys")) {
    out.curve_key_file = file(keys->Text("curve"));
    out.kek_file = file(keys->Text("kek"));
  } else {
    root.Fail("keys", "a table [keys] with curve and kek");
  }
  if (auto untouched = root.Sub("untouched")) {
    UntouchedConfig& limits = out.untouched.emplace();
    limits.acute_minutes = untouched->IntOr("acute_minutes", limits.acute_minutes, 1, 1'440);
    limits.minutes = untouched->IntOr("minutes", limits.minutes, 1, 43'200);
    limits.hook = untouched->TextList("hook");
    if (!limits.hook.empty() && !limits.hook[0].starts_with("/"))
      untouched->Fail("hook", "a list that begins with the program's whole path; no shell reads it");
  }
  if (auto intake = root.Sub("intake"))
    out.intake = intake::ReadConfig(std::move(*intake), folder.string() + "/");
  if (auto web = root.Sub("web"))
    out.web = ReadWebConfig(std::move(*web), folder.string() + "/", out.language);
  if (auto retention = root.Sub("retention")) {
    out.retention.days = retention->IntOr("days", kDisposalDays, kDisposalDaysMin, kDisposalDaysMax);
    out.retention.decision = retention->TextOr("decision", "");
    if (out.retention.decision.size() > kDecisionMax) retention->Fail("decision", "at most 500 bytes");
  }
  SAM_TRY(document.Done());
  return out;
}

}  // namespace sam::inbox
