// samsignal-inbox: the agency's side. `run` receives and answers; the other commands go to the
// running inbox through its local door, or open the store themselves when nobody runs.
// The folder's one file with `catch`: CLI11 reports usage errors by throwing.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "adapters/inbox/attachment_file.h"
#include "adapters/inbox/command.h"
#include "adapters/inbox/program/accounts_tool.h"
#include "adapters/inbox/program/run.h"
#include "broker/base/durable_file.h"
#include "broker/base/log.h"
#include "broker/base/login.h"
#include "broker/crypto/secret.h"
#include "broker/wire/curve.h"
#include "broker/wire/local_door.h"

namespace {

using namespace sam;         // NOLINT one program, one namespace
using namespace sam::inbox;  // NOLINT

constexpr int kDoorMs = 5'000;

int ToolExit(Code code) {
  switch (code) {
    case Code::kInvalid: return 2;
    case Code::kNotFound: return 3;
    case Code::kDenied: return 4;
    case Code::kConflict: return 5;
    case Code::kUnavailable: case Code::kExhausted: return 6;
    case Code::kCorrupt: return 7;
    case Code::kInternal: return 1;
  }
  return 1;
}

int ToolFail(const Error& error) {
  std::fprintf(stderr, "samsignal-inbox: %s\n", error.message.c_str());
  return ToolExit(error.code);
}

// The running inbox owns the store: ask it. Nobody answering means that nobody runs: the store is
// opened, and stays so for what is asked next.
class Asker {
 public:
  explicit Asker(const Config& config) : config_(config) {}
  Result<Reply> operator()(const Command& command) {
    if (!opened_ && access(config_.socket.c_str(), F_OK) == 0) {
      auto answer = wire::AskLocalDoor(config_.socket, EncodeRequest(command), kDoorMs);
      if (answer.ok()) return DecodeReply(*answer);
      if (answer.error().code != Code::kUnavailable) return answer.error();
    }
    if (!opened_) {
      SAM_ASSIGN(opened_, OpenInbox(config_, clock_));
    }
    return Execute(*opened_->inbox, config_.speaker.function, command);
  }

 private:
  const Config& config_;
  SystemClock clock_;
  std::optional<Opened> opened_;
};

int SaveTool(const Config& config, const Command& command, const std::string& path, bool json) {
  Asker asker(config);
  const auto saved =
      SaveAttachment([&asker](const Command& one) { return asker(one); }, command, path);
  if (!saved.ok()) return ToolFail(saved.error());
  if (json) {
    std::printf("{\"v\":1,\"file\":%s,\"bytes\":%llu}\n", JsonQuoted(path).c_str(),
                static_cast<unsigned long long>(*saved));
    return 0;
  }
  std::puts(contract::Text("inbox.attachment.saved", config.language,
                           {{"size", std::to_string(*saved)}})
                .c_str());
  return 0;
}

int RunTool(const Config& config, const Command& command, bool json) {
  const auto reply = Asker(config)(command);
  if (!reply.ok()) return ToolFail(reply.error());
  if (!reply->ok) {
    std::fprintf(stderr, "%s\n", reply->text.c_str());
    return ToolExit(reply->code);
  }
  const std::string& out = json ? reply->json + "\n" : reply->text;
  std::fputs(out.c_str(), stdout);
  return 0;
}

int ToolEnd(const Status& status) { return status.ok() ? 0 : ToolFail(status.error()); }

int NewKeys(const Config& config, bool json) {
  for (const std::string& file : {config.curve_key_file, config.kek_file}) {
    const Status made = MakeClosedFolder(file.substr(0, file.rfind('/')));
    if (!made.ok()) return ToolFail(made.error());
  }
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  const Status curve = keys.ToFile(config.curve_key_file);
  if (!curve.ok()) return ToolFail(curve.error());
  const Status kek = SecretKey::Random().ToFile(config.kek_file);
  if (!kek.ok()) return ToolFail(kek.error());
  if (json) {
    std::printf("{\"v\":1,\"public_key\":%s,\"fingerprint\":%s,\"curve\":%s,\"kek\":%s}\n",
                JsonQuoted(keys.public_key()).c_str(),
                JsonQuoted(wire::KeyFingerprint(keys.public_key())).c_str(),
                JsonQuoted(config.curve_key_file).c_str(), JsonQuoted(config.kek_file).c_str());
    return 0;
  }
  std::fprintf(stderr,
               "Keys written: %s, %s. Fingerprint %s (compare it by phone).\n"
               "Give the hub's operator this public key:\n",
               config.curve_key_file.c_str(), config.kek_file.c_str(),
               wire::KeyFingerprint(keys.public_key()).c_str());
  std::printf("%s\n", keys.public_key().c_str());
  return 0;
}

struct Arguments {
  std::string config = "/etc/samsignal/inbox.toml";
  std::string check;
  std::string language;
  std::string out;  // attachment: the file to write
  bool ndjson = false;
  bool json = false;
  AccountCommand account;
  Command command;
};

void AddSignalCommands(CLI::App& app, Arguments& args) {
  CLI::App* list = app.add_subcommand("list", "The newest 1000 signals, newest last; names no person");
  list->add_option("--from", args.command.word, "A page from this arrival number on, 1 the oldest");
  CLI::App* show = app.add_subcommand("show", "One signal with all its fields; marks it opened");
  show->add_option("ID", args.command.id, "Its id, or the first digits of it")->required();
  CLI::App* answer = app.add_subcommand(
      "answer", "Tell the sender how far it got; such as: answer 3fa94c21 registered --case A-17");
  answer->add_option("ID", args.command.id)->required();
  answer
      ->add_option("STATE", args.command.word,
                   "opened | registered | assessed | forwarded | redirected, or the answer: of a report "
                   "opened-inquiry | not-opened | already-ongoing; of cooperation what its kind takes of "
                   "offered | accepted | confirmed | declined | reached | not-reached | other-clinic | moved")
      ->required();
  answer->add_option("--case", args.command.reference, "Case number, with registered; a report needs one");
  answer->add_option("--to", args.command.reference, "Function that is to have it, with forwarded");
  answer->add_option("--way", args.command.way, "phone | paper: somebody else said so, and you enter it");
  answer->add_option("--said-by", args.command.said_by, "With --way: who said so");
  answer->add_option("--said-at", args.command.said_at,
                     "With --way: when, such as \"2026-03-02 10:15\", Swedish time");
  answer->add_flag("--correct", args.command.corrects,
                   "The answer given before was wrong: this one stands; the sender is told both");
  CLI::App* intake = app.add_subcommand(
      "intake", "What you found out about a signal that waits for a person before it is in the "
                "social system; such as: intake 3fa94c21 created --case 98765");
  intake->add_option("ID", args.command.id)->required();
  intake
      ->add_option("RULING", args.command.word,
                   "again: it is not there, write it | created: it is there | leave: I do it")
      ->required();
  intake->add_option("--case", args.command.reference, "Its number over there, with created");
  CLI::App* attachment = app.add_subcommand(
      "attachment", "Write an attachment of a report to a file of yours; who took it out is noted");
  attachment->add_option("ID", args.command.id)->required();
  attachment->add_option("N", args.command.word, "Its number, as 'show' has it")->required();
  attachment->add_option("--out", args.out, "The file to make; one that exists is left alone")
      ->required();
  app.add_subcommand("status", "Counts; what waits for a person");
  CLI::App* checkpoint = app.add_subcommand(
      "checkpoint", "The newest signed checkpoint of the hub's log that is kept here, and whether its log only grew");
  checkpoint->add_option("anew", args.command.word, "anew: keep the next one as the first, when it is known why it does not fit")
      ->check(CLI::IsMember({"anew"}));
  checkpoint->add_option("--reason", args.command.reason, "Why, for the audit; needed with anew");
  CLI::App* audit = app.add_subcommand("audit", "Who looked, answered, signed in; the newest 1000");
  audit->add_option("ID", args.command.id, "Only what was done with this signal");
  audit->add_option("--from", args.command.word, "A page from this number on, 1 the oldest");
  CLI::App* decide = app.add_subcommand("decide", "Tell what was decided on a prompt");
  decide->add_option("ID", args.command.id)->required();
  decide
      ->add_option("DECISION", args.command.word,
                   "report | health-contact | support | dismissed")
      ->required();
  decide->add_option("--reason", args.command.reason, "Reason code; needed with dismissed");
  app.add_subcommand(
      "held", "What this function has sent and the hub holds: why, and what ends it");
  app.add_subcommand(
      "sent", "Where each report and signal of ours stands, as its receipts, answers and holds tell");
  CLI::App* name = app.add_subcommand(
      "name", "Say where a signal of ours that is held is to go; the log keeps who decided. Such as: "
              "name 3fa94c21 --receiver bollnas.mottagning --by \"Anna Ek\"");
  name->add_option("ID", args.command.id, "The hold about it, as held lists it")->required();
  name->add_option("--receiver", args.command.word, "A function of the hub's directory")->required();
  name->add_option("--by", args.command.reference, "Who decided")->required();
  CLI::App* withdraw = app.add_subcommand(
      "withdraw", "Take back a signal that this unit sent; its receiver is told. Nothing is removed "
                  "from where it was registered");
  withdraw->add_option("ID", args.command.id, "A receipt or hold about it, as list shows it")
      ->required();
  withdraw->add_option("--reason", args.command.reason, "Reason code, such as corrected")
      ->required();
}

void AddForgetting(CLI::App& app, Arguments& args) {
  CLI::App* erase = app.add_subcommand(
      "erase", "Forget one person: all about whom this signal is about; counts, and --confirm does it");
  erase->add_option("ID", args.command.id, "A signal about the person")->required();
  erase->add_option("--reason", args.command.reason, "Why; kept with who did it")->required();
  erase->add_flag_callback("--confirm", [&args] { args.command.word = "confirm"; }, "Do it; it cannot be undone");
  erase->add_flag_callback("--despite-unanswered", [&args] { args.command.reference = "despite"; },
                           "Although something about the person is not finished");
  app.add_subcommand("retention", "What is disposed of by itself, by which decision, and what is due now");
}

// Every command that ends has it; `run` hands over lines with --ndjson.
void AddJson(CLI::App& app, bool& json) {
  for (CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (one->get_name() == "run") continue;
    if (one->get_subcommands([](const CLI::App*) { return true; }).empty())
      one->add_flag("--json", json, "One object of JSON instead of text");
    AddJson(*one, json);
  }
}

void AddAccountCommands(CLI::App& app, AccountCommand& args) {
  CLI::App* account = app.add_subcommand("account", "Who may sign in to the web inbox");
  account->require_subcommand(1);
  CLI::App* add = account->add_subcommand(
      "add", "A new account, or a new password for one; the password is asked for");
  add->add_option("NAME", args.name, "Such as anna.svensson")->required();
  add->add_option("--role", args.role, "reader | registrar (also confirms and answers)")
      ->check(CLI::IsMember({"reader", "registrar"}));
  add->add_option("--certificate", args.certificate,
                  "SHA-256 fingerprint of the client certificate it must be shown with");
  account->add_subcommand("list", "Names, roles and certificates");
  CLI::App* disable = account->add_subcommand("disable", "Lets it in no more, at once");
  disable->add_option("NAME", args.name)->required();
  for (CLI::App* one : account->get_subcommands({}))
    one->callback([&args, one] { args.what = one->get_name(); });
}

int Dispatch(const CLI::App& app, Arguments& args) {
  const std::string path = args.check.empty() ? args.config : args.check;
  auto config = LoadConfig(path);
  const bool daemon = app.got_subcommand("run") || !args.check.empty();
  if (!config.ok()) return daemon ? DaemonExit(config.error()) : ToolFail(config.error());
  if (!args.check.empty()) {
    if (const Status checked = CheckFiles(*config); !checked.ok()) return DaemonExit(checked.error());
    std::fprintf(stderr, "%s is in order\n", path.c_str());
    return 0;
  }
  if (!args.language.empty()) config->language = contract::LanguageFromName(args.language);
  if (app.got_subcommand("run")) return RunDaemon(*config, args.ndjson);
  if (app.got_subcommand("keys")) return NewKeys(*config, args.json);
  args.account.json = args.json;
  if (app.got_subcommand("account")) return ToolEnd(RunAccounts(*config, args.account));
  for (const char* name :
       {"list", "show", "answer", "decide", "withdraw", "held", "sent", "name", "intake", "attachment",
         "status", "audit", "checkpoint", "erase", "retention"})
    if (app.got_subcommand(name)) args.command.name = name;
  if (args.command.name.empty()) {
    std::fprintf(stderr, "%s", app.help().c_str());
    return 2;
  }
  args.command.by = LoginName(ThisProcess());
  args.command.language = config->language;
  if (args.command.name == "attachment") return SaveTool(*config, args.command, args.out, args.json);
  return RunTool(*config, args.command, args.json);
}

}  // namespace

int main(int argc, char** argv) {
  CryptoInit();
  log::Init("samsignal-inbox", log::Level::kInfo);
  Arguments args;
  CLI::App app("samsignal-inbox: receives signals for one function, shows and answers them");
  app.set_version_flag("--version", std::string("samsignal-inbox ") + kVersion);
  app.add_option("-c,--config", args.config,
                 "Configuration file; that of the unit samsignal-inbox@NAME is "
                 "/etc/samsignal/inboxes/NAME.toml")
      ->envname("SAMSIGNAL_INBOX_CONFIG")
      ->capture_default_str();
  app.add_option("--check", args.check, "Only check this configuration file and the keys it names");
  app.add_option("--lang", args.language, "sv or en")->check(CLI::IsMember({"sv", "en"}));
  app.require_subcommand(0, 1);
  app.fallthrough();
  CLI::App* run = app.add_subcommand("run", "Receive signals and send answers until stopped");
  run->add_option("CONFIG", args.config, "Configuration file")->capture_default_str();
  run->add_flag("--ndjson", args.ndjson,
                "One JSON line for each new signal on standard output, with all its fields");
  CLI::App* keys = app.add_subcommand("keys", "Keys of this inbox");
  keys->add_subcommand("new", "Make the two key files that the configuration names");
  keys->require_subcommand(1);
  AddSignalCommands(app, args);
  AddForgetting(app, args);
  AddAccountCommands(app, args.account);
  AddJson(app, args.json);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : (app.got_subcommand("run") ? 64 : 2);
  }
  return Dispatch(app, args);
}
