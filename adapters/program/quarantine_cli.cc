#include "adapters/program/quarantine_cli.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <utility>

#include "broker/base/text.h"
#include "broker/base/whole_file.h"

namespace sam::program {
namespace {

void AddFilter(CLI::App* command, QuarantineOptions& options) {
  command->add_option("--why", options.filter_reason, "code, as in list: unknown-code");
  command->add_option("--trigger", options.trigger, "as in list: SIU^S26");
  command->add_option("--since", options.since, "2026-11-20, or with a time and Z or +01:00");
  command->add_option("--until", options.until, "before this time");
  command->add_option("--peer", options.peer, "address, with or without its port");
}

kit::Words FilterOf(const QuarantineOptions& options) {
  kit::Words out;
  const std::pair<const char*, const std::string*> fields[] = {
      {"reason=", &options.filter_reason}, {"trigger=", &options.trigger},
      {"state=", &options.state},          {"since=", &options.since},
      {"until=", &options.until},          {"peer=", &options.peer}};
  for (const auto& [name, value] : fields)
    if (!value->empty()) out.push_back(name + *value);
  return out;
}

int Many(const std::string& action, const QuarantineOptions& options) {
  BulkOrder order;
  order.action = action;
  order.reason = options.reason;
  order.filter = FilterOf(options);
  order.json = options.json;
  order.yes = options.yes;
  order.stop_after = options.stop_after;
  if (order.filter.empty() && !options.all)
    return Usage("name an entry, a filter (--why, --trigger, --since, --until, --peer) or --all");
  const Result<std::string> reason = kit::ReasonAt({order.reason}, 0);
  if (order.yes && !reason.ok()) return Fail(reason.error());
  return Bulk(options.config, order);
}

int Resend(const QuarantineOptions& options) {
  if (options.number.empty()) {
    if (!options.fixed.empty()) return Usage("--file needs the number of one entry");
    return Many("resend", options);
  }
  kit::Words words = {"quarantine", "resend", options.number, options.reason};
  if (!options.fixed.empty()) {
    const Result<std::string> bytes = ReadWholeFile(options.fixed);
    if (!bytes.ok()) return Fail(bytes.error());
    words[1] = "fix";
    words.push_back(ToBase64(*bytes));
  }
  if (options.json) words.push_back("json");
  return AskAndPrint(options.config, words);
}

int Discard(const QuarantineOptions& options) {
  if (options.number.empty()) return Many("discard", options);
  kit::Words words = {"quarantine", "discard", options.number, options.reason};
  if (options.json) words.push_back("json");
  return AskAndPrint(options.config, words);
}

int Show(const QuarantineOptions& options) {
  kit::Words words = {"quarantine", "show", options.number};
  if (options.json) words.push_back("json");
  if (options.reveal) {
    words.push_back("reveal");
    words.push_back(options.reason);
  }
  return AskAndPrint(options.config, words);
}

}  // namespace

void AddQuarantine(CLI::App& app, QuarantineOptions& options) {
  CLI::App* quarantine = app.add_subcommand("quarantine", "Messages that were put aside");
  quarantine->require_subcommand(1);
  CLI::App* list = quarantine->add_subcommand("list", "Entries, without content");
  CLI::App* show = quarantine->add_subcommand(
      "show", "One entry: places and lengths; values only with --reveal and --reason");
  CLI::App* resend = quarantine->add_subcommand(
      "resend",
      "Through the current mapping again, or a fixed message instead. Without a number: "
      "all open entries of a filter; only counted unless --yes");
  CLI::App* discard = quarantine->add_subcommand(
      "discard", "Closes entries that are never to be sent; many as with resend");
  for (CLI::App* one : {list, show, resend, discard}) {
    one->add_option("config", options.config)->required();
    one->add_flag("--json", options.json, "one object of JSON a line");
  }
  AddFilter(list, options);
  list->add_option("--state", options.state, "open, resent, fixed, discarded or expired");
  show->add_option("number", options.number)->required();
  show->add_option("--reason", options.reason, "goes into the adapter's audit");
  show->add_flag("--reveal", options.reveal, "shows the content; audited");
  for (CLI::App* one : {resend, discard}) {
    one->add_option("number", options.number, "one entry");
    one->add_option("--reason", options.reason, "of yours; goes into the adapter's audit");
    AddFilter(one, options);
    one->add_flag("--all", options.all, "all open entries");
    one->add_flag("--yes", options.yes, "does it; without, many are only counted");
    one->add_option("--stop-after", options.stop_after, "failures; 0: never");
  }
  resend->add_option("--file", options.fixed, "the fixed message, sent in place of the original");
}

int RunQuarantine(const CLI::App& app, const QuarantineOptions& options) {
  const CLI::App* quarantine = app.get_subcommand("quarantine");
  if (quarantine->got_subcommand("resend")) return Resend(options);
  if (quarantine->got_subcommand("discard")) return Discard(options);
  if (quarantine->got_subcommand("show")) return Show(options);
  kit::Words words = {"quarantine", "list"};
  for (std::string& word : FilterOf(options)) words.push_back(std::move(word));
  if (options.json) words.push_back("json");
  return AskPages(options.config, words, options.json ? "" : "nothing in quarantine\n");
}

}  // namespace sam::program
