#include "adapters/inbox/program/accounts_tool.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>

#include "adapters/inbox/command.h"
#include "adapters/inbox/web/accounts.h"
#include "broker/contract/texts.h"
#include "broker/crypto/password.h"
#include "broker/crypto/wipe.h"

namespace sam::inbox {

namespace {

using contract::Text;

// What is typed is not shown while this lives.
class Unseen {
 public:
  Unseen() : terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Unseen() {
    if (terminal_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  bool terminal() const { return terminal_; }

 private:
  termios before_{};
  bool terminal_;
};

std::string ReadLine() {
  std::string line;
  char c = 0;
  while (line.size() <= kPasswordMax) {
    const ssize_t n = read(STDIN_FILENO, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') break;
    line += c;
  }
  return line;
}

Result<std::string> AskPassword(contract::Language language) {
  const Unseen unseen;
  if (!unseen.terminal()) return ReadLine();
  std::fputs(Text("web.account.password", language).c_str(), stderr);
  std::string first = ReadLine();
  std::fputs(("\n" + Text("web.account.again", language)).c_str(), stderr);
  std::string again = ReadLine();
  std::fputc('\n', stderr);
  const bool same = first == again;
  Wipe(again);
  if (same) return first;
  Wipe(first);
  return Invalid(Text("web.account.differ", language));
}

void TellDone(const Config& config, const AccountCommand& command, const char* text) {
  const std::string line = command.json ? "{\"v\":1,\"name\":" + JsonQuoted(command.name) + "}"
                                        : Text(text, config.language, {{"name", command.name}});
  std::puts(line.c_str());
}

Status Add(const Config& config, const AccountCommand& command, web::AccountBook& book) {
  web::Account account;
  account.name = command.name;
  account.role = command.role == "registrar" ? web::Role::kRegistrar : web::Role::kReader;
  account.certificate = command.certificate;
  SAM_TRY(book.Put(account));  // before somebody types a password for nothing
  SAM_ASSIGN(std::string password, AskPassword(config.language));
  const auto hash = HashPassword(password);
  Wipe(password);
  SAM_TRY(hash);
  account.hash = *hash;
  SAM_TRY(book.Put(std::move(account)));
  SAM_TRY(book.Save(config.web->accounts_file));
  TellDone(config, command, "web.account.saved");
  return Ok();
}

void List(const Config& config, const web::AccountBook& book) {
  if (book.all().empty()) std::puts(Text("web.account.none", config.language).c_str());
  for (const web::Account& one : book.all()) {
    std::string line = one.name;
    line.append("  ").append(Text(std::string("web.role.") + web::RoleName(one.role), config.language));
    if (!one.certificate.empty())
      line.append("  ").append(Text("web.account.certificate", config.language)).append(" ")
          .append(one.certificate);
    if (one.disabled) line.append("  ").append(Text("web.account.off", config.language));
    std::puts(line.c_str());
  }
}

void ListJson(const web::AccountBook& book) {
  std::string out;
  for (const web::Account& one : book.all())
    out += (out.empty() ? "{\"name\":" : ",{\"name\":") + JsonQuoted(one.name) +
           ",\"role\":" + JsonQuoted(web::RoleName(one.role)) +
           ",\"certificate\":" + JsonQuoted(one.certificate) +
           ",\"disabled\":" + (one.disabled ? "true" : "false") + "}";
  std::puts(("{\"v\":1,\"accounts\":[" + out + "]}").c_str());
}

}  // namespace

Status RunAccounts(const Config& config, const AccountCommand& command) {
  if (!config.web) return Invalid("the configuration has no [web]; accounts are of the web inbox");
  SAM_ASSIGN(auto book, web::AccountBook::Load(config.web->accounts_file));
  if (command.what == "add") return Add(config, command, book);
  if (command.what == "list") {
    command.json ? ListJson(book) : List(config, book);
    return Ok();
  }
  SAM_TRY(book.Disable(command.name));
  SAM_TRY(book.Save(config.web->accounts_file));
  TellDone(config, command, "web.account.disabled");
  return Ok();
}

}  // namespace sam::inbox
