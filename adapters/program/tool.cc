#include "adapters/program/tool.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "adapters/kit/json_text.h"
#include "adapters/program/sources.h"
#include "broker/base/log.h"
#include "broker/base/login.h"

namespace sam::program {
namespace {

constexpr int kDoorMs = 10'000;

}  // namespace

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int ToolExit(Code code) {
  switch (code) {
    case Code::kNotFound: return 3;
    case Code::kDenied: return 4;
    case Code::kConflict: return 5;
    case Code::kUnavailable: return 6;
    case Code::kCorrupt: return 7;
    default: return 1;
  }
}

int Fail(const Error& error) {
  std::cerr << "samsignal-adapter: " << error.message << "\n";
  return ToolExit(error.code);
}

int Usage(const char* what) {
  std::cerr << "samsignal-adapter: " << what << "\n";
  return kUsageExit;
}

Result<std::unique_ptr<Desk>> Desk::Open(const std::string& config) {
  SAM_ASSIGN(kit::AdapterConfig read, kit::AdapterConfig::Load(config, Sources()));
  return std::unique_ptr<Desk>(new Desk(std::move(read)));
}

Result<std::string> Desk::Ask(const kit::Words& words) {
  if (!commands_) {
    const Result<std::string> reply = wire::AskLocalDoor(
        config_.admin_socket, kit::EncodeRequest(words), kDoorMs);
    if (reply.ok()) return kit::DecodeReply(*reply);
    // Only where nobody runs is the store free to be opened.
    if (reply.error().code == Code::kInvalid)
      return Wrap("stop the adapter and run this again", reply.error());
    if (reply.error().code != Code::kUnavailable) return reply.error();
    log::Init("samsignal-adapter", log::Level::kError);
    SAM_ASSIGN(core_, AdapterCore::Open(config_, Sources(), clock_));
    commands_.emplace(*core_->store, *core_->pipeline, [this] { return core_->EraseForGood(); });
    commands_->SetKept(core_->kept.get());
  }
  return commands_->Run(words, LoginName(ThisProcess()));
}

int AskAndPrint(const std::string& config, const kit::Words& words) {
  const Result<std::unique_ptr<Desk>> desk = Desk::Open(config);
  if (!desk.ok()) return Fail(desk.error());
  const Result<std::string> text = (*desk)->Ask(words);
  if (!text.ok()) return Fail(text.error());
  Print(*text);
  return 0;
}

int AskErase(const std::string& config, const kit::Words& words) {
  const Result<std::unique_ptr<Desk>> desk = Desk::Open(config);
  if (!desk.ok()) return Fail(desk.error());
  Result<std::string> text = (*desk)->Ask(words);
  if (!text.ok()) return Fail(text.error());
  const Result<kit::PageHead> head = kit::PageHead::TakeFrom(*text);
  if (!head.ok()) return Fail(head.error());
  Print(*text);
  return head->failed == 0 ? 0 : kPartialExit;
}

int AskPages(const std::string& config, const kit::Words& words, const std::string& nothing) {
  const Result<std::unique_ptr<Desk>> desk = Desk::Open(config);
  if (!desk.ok()) return Fail(desk.error());
  uint64_t from = 1;
  bool any = false;
  while (from != 0) {
    kit::Words page = words;
    page.push_back("from=" + std::to_string(from));
    Result<std::string> text = (*desk)->Ask(page);
    if (!text.ok()) return Fail(text.error());
    const Result<kit::PageHead> head = kit::PageHead::TakeFrom(*text);
    if (!head.ok()) return Fail(head.error());
    Print(*text);
    any = any || !text->empty();
    from = head->next;
  }
  if (!any) Print(nothing);
  return 0;
}

int Bulk(const std::string& config, const BulkOrder& order) {
  const Result<std::unique_ptr<Desk>> desk = Desk::Open(config);
  if (!desk.ok()) return Fail(desk.error());
  kit::Words words = order.filter;
  if (order.json) words.push_back("json");
  kit::Words ask = {"quarantine", "preview", order.action};
  ask.insert(ask.end(), words.begin(), words.end());
  Result<std::string> preview = (*desk)->Ask(ask);
  if (!preview.ok()) return Fail(preview.error());
  const Result<kit::PageHead> counted = kit::PageHead::TakeFrom(*preview);
  if (!counted.ok()) return Fail(counted.error());
  if (!order.yes) {
    Print(*preview);
    if (counted->matched > 0) std::cerr << "nothing was done; add --yes to do it\n";
    return 0;
  }
  kit::PageHead sum;
  uint64_t from = counted->matched == 0 ? 0 : 1;
  while (from != 0) {
    ask = {"quarantine", "bulk", order.action, order.reason};
    ask.insert(ask.end(), words.begin(), words.end());
    ask.push_back("from=" + std::to_string(from));
    ask.push_back("upto=" + std::to_string(counted->upto));  // what came later was not counted
    if (order.stop_after > 0)
      ask.push_back("stop=" + std::to_string(order.stop_after - sum.failed));
    Result<std::string> text = (*desk)->Ask(ask);
    if (!text.ok()) return Fail(text.error());
    const Result<kit::PageHead> head = kit::PageHead::TakeFrom(*text);
    if (!head.ok()) return Fail(head.error());
    Print(*text);
    sum.done += head->done;
    sum.failed += head->failed;
    from = head->next;
  }
  const uint64_t left = counted->matched - std::min(counted->matched, sum.done + sum.failed);
  if (order.json)
    Print("{\"v\":1,\"type\":\"summary\"" + kit::JsonField("done", std::to_string(sum.done)) +
          kit::JsonField("failed", std::to_string(sum.failed)) +
          kit::JsonField("not_tried", std::to_string(left)) + "}\n");
  else
    Print(order.action + ": " + std::to_string(sum.done) + " done, " + std::to_string(sum.failed) +
          " failed, " + std::to_string(left) + " not tried\n");
  return sum.failed == 0 && left == 0 ? 0 : kPartialExit;
}

}  // namespace sam::program
