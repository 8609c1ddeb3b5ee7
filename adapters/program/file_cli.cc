#include "adapters/program/file_cli.h"

#include <CLI/CLI.hpp>

#include <memory>

#include "adapters/kit/kept_files.h"
#include "adapters/program/tool.h"

namespace sam::program {
namespace {

// In parts, so that a large file passes through the door of a running adapter.
int ShowFile(const FileOptions& options) {
  const Result<std::unique_ptr<Desk>> desk = Desk::Open(options.config);
  if (!desk.ok()) return Fail(desk.error());
  std::string file = options.file;
  uint64_t from = 0;
  do {
    const Result<std::string> text =
        (*desk)->Ask({"file", "show", file, options.reason, "from=" + std::to_string(from)});
    if (!text.ok()) return Fail(text.error());
    const Result<kit::FilePart> part = kit::FilePart::Parse(*text);
    if (!part.ok()) return Fail(part.error());
    Print(part->bytes);
    file = part->id;  // the same one, although another may have got its name meanwhile
    from = part->next;
  } while (from != 0);
  return 0;
}

}  // namespace

void AddFile(CLI::App& app, FileOptions& options) {
  CLI::App* file =
      app.add_subcommand("file", "Files that a file feed has worked through and keeps sealed");
  file->require_subcommand(1);
  CLI::App* list = file->add_subcommand("list", "What is kept, by number, without content");
  list->add_option("config", options.config)->required();
  list->add_flag("--json", options.json, "one object of JSON a line");
  list->add_flag("--reveal", options.reveal, "shows the files' names; audited");
  list->add_option("--reason", options.reason, "with --reveal; goes into the adapter's audit");
  CLI::App* show =
      file->add_subcommand("show", "One file as it came, on standard output; audited");
  show->add_option("config", options.config)->required();
  show->add_option("file", options.file, "its number or id as `file list` tells it")
      ->required();
  show->add_option("--reason", options.reason, "goes into the adapter's audit")->required();
}

int RunFile(const CLI::App& app, const FileOptions& options) {
  if (app.get_subcommand("file")->got_subcommand("show")) return ShowFile(options);
  kit::Words words = {"file", "list"};
  if (options.json) words.push_back("json");
  if (options.reveal) {
    words.push_back("reveal");
    words.push_back(options.reason);
  }
  return AskPages(options.config, words, options.json ? "" : "no file is kept\n");
}

}  // namespace sam::program
