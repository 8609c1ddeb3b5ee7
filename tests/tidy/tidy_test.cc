// The house rules as a test: who may include whom, how long a file may be, where exceptions stop,
// who may open an identity, and that nothing in the tree can belong to a real child.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/tidy/source_tree.h"

namespace sam::tidy {
namespace {

const std::vector<SourceFile>& Tree() {
  static const std::vector<SourceFile> tree = LoadTree();
  return tree;
}

// Room -> rooms it may include besides itself. No cycles; no stage includes another stage except
// through the journal's door (kDoors).
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"broker/base", {}},
    {"broker/crypto", {"broker/base"}},
    {"broker/contract", {"broker/base", "schemas"}},
    {"broker/config", {"broker/base"}},
    {"broker/store", {"broker/base", "broker/crypto"}},
    {"broker/wire", {"broker/base", "broker/crypto", "schemas"}},
    {"broker/routing", {"broker/base", "broker/config", "broker/contract", "broker/crypto", "broker/wire", "schemas"}},
    {"broker/rules", {"broker/base", "broker/config", "broker/contract", "broker/wire", "schemas"}},
    {"broker/stage", {"broker/base", "broker/wire"}},
    {"broker/mailbox", {"broker/base", "broker/store", "broker/wire", "schemas"}},
    {"broker/client", {"broker/base", "broker/wire", "schemas"}},
    {"broker/journal", {"broker/base", "broker/crypto", "broker/store", "broker/wire", "broker/stage", "schemas"}},
    {"broker/delivery", {"broker/base", "broker/contract", "broker/store", "broker/wire", "broker/stage", "broker/mailbox", "schemas"}},
    {"broker/ingress", {"broker/base", "broker/contract", "broker/crypto", "broker/store", "broker/wire", "broker/stage", "schemas"}},
    {"broker/dispatch", {"broker/base", "broker/config", "broker/contract", "broker/crypto", "broker/store", "broker/wire", "broker/stage", "broker/rules", "broker/routing", "broker/mailbox", "schemas"}},
    {"broker/edge", {"broker/base"}},
    {"broker/statistics", {"broker/base", "broker/contract"}},
    {"adapters/hl7", {"broker/base"}},
    {"adapters/tls", {"broker/base"}},
    {"adapters/kit", {"broker/base", "broker/crypto", "broker/config", "broker/contract", "broker/store", "broker/wire", "broker/client", "broker/edge", "adapters/hl7", "adapters/tls", "schemas"}},
    {"adapters/mllp", {"broker/base", "broker/crypto", "adapters/hl7", "adapters/kit", "adapters/tls"}},
    {"adapters/csv", {"broker/base", "broker/config", "broker/crypto", "adapters/hl7", "adapters/kit"}},
    {"adapters/xml", {"broker/base", "broker/config", "broker/crypto", "adapters/hl7", "adapters/kit"}},
    {"adapters/files", {"broker/base", "broker/config", "broker/crypto", "adapters/csv", "adapters/hl7", "adapters/kit", "adapters/xml"}},
    {"adapters/sftp", {"broker/base", "broker/config", "broker/crypto", "adapters/files", "adapters/kit"}},
    {"adapters/rest", {"broker/base", "broker/crypto", "broker/config", "adapters/hl7", "adapters/kit"}},
    {"adapters/sql", {"broker/base", "broker/config", "broker/crypto", "broker/stage", "adapters/files", "adapters/hl7", "adapters/kit", "adapters/rest"}},
    {"adapters/fhir", {"broker/base", "broker/config", "broker/crypto", "broker/edge", "broker/stage", "adapters/hl7", "adapters/kit"}},
    {"adapters/maptool", {"broker/base", "broker/crypto", "broker/config", "broker/contract", "broker/store", "broker/wire", "adapters/kit", "schemas"}},
    {"adapters/program", {"broker/base", "broker/crypto", "broker/config", "broker/contract", "broker/store", "broker/wire", "broker/client", "broker/edge", "adapters/kit", "adapters/csv", "adapters/fhir", "adapters/maptool", "adapters/mllp", "adapters/rest", "adapters/sftp", "adapters/sql", "adapters/tls", "adapters/xml", "schemas"}},
    {"adapters/intake", {"broker/base", "broker/config", "broker/contract", "broker/wire", "adapters/hl7", "adapters/kit", "adapters/rest", "adapters/tls", "schemas"}},
    {"adapters/inbox/web", {"adapters/inbox", "adapters/intake", "broker/base", "broker/config", "broker/contract", "broker/crypto", "broker/edge", "broker/stage", "broker/wire", "schemas"}},
    {"adapters/inbox/program", {"adapters/inbox", "adapters/inbox/web", "adapters/intake", "broker/base", "broker/client", "broker/contract", "broker/crypto", "broker/edge", "broker/stage", "broker/store", "broker/wire"}},
    {"adapters/inbox", {"adapters/hl7", "adapters/intake", "adapters/kit", "broker/base", "broker/crypto", "broker/config", "broker/contract", "broker/stage", "broker/store", "broker/wire", "broker/client", "broker/edge", "schemas"}},
};

// The journal's door: the headers through which other stages hand in and read.
const std::set<std::string> kDoors = {"broker/journal/inbox.h", "broker/journal/place_door.h",
                                      "broker/journal/reader.h",
                                      "broker/journal/record.h"};
const std::set<std::string> kDoorUsers = {"broker/delivery", "broker/ingress", "broker/dispatch"};

// Composition roots: they build the stages and may see all of them; nobody includes them.
const std::set<std::string> kRoots = {"broker", "broker/admin"};

TEST(House, EveryIncludeFollowsTheTable) {
  const std::regex include("^#include \"([^\"]+)\"");
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode() || file.path.starts_with("tests/") || kRoots.contains(file.Room())) continue;
    const auto allowed = kMayInclude.find(file.Room());
    ASSERT_NE(allowed, kMayInclude.end()) << file.path << ": a new room needs a line in the table";
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string target = match[1];
      const size_t slash = target.rfind('/');
      ASSERT_NE(slash, std::string::npos) << file.path << ": include from the repository root: " << line;
      const std::string room = target.substr(0, slash);
      const bool door = kDoors.contains(target) && kDoorUsers.contains(file.Room());
      EXPECT_TRUE(room == file.Room() || allowed->second.contains(room) || door)
          << file.path << " may not include " << target;
    }
  }
}

TEST(House, TheTableHasNoCycle) {
  std::map<std::string, int> level;
  for (size_t round = 0; round <= kMayInclude.size(); ++round)
    for (const auto& [room, targets] : kMayInclude)
      for (const std::string& target : targets) level[room] = std::max(level[room], level[target] + 1);
  for (const auto& [room, value] : level)
    EXPECT_LT(value, static_cast<int>(kMayInclude.size())) << room << " is part of a cycle";
}

// Third parties stay in the rooms that wrap them.
TEST(House, ThirdPartyHeadersStayInTheirRooms) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> rules = {
      {"<rocksdb/", {"broker/store/"}},
      {"<zmq", {"broker/wire/", "broker/stage/"}},
      {"<spdlog/", {"broker/base/"}},
      {"<prometheus/", {"broker/base/"}},
      {"<toml++", {"broker/config/"}},
      {"<sodium", {"broker/crypto/"}},
      {"<openssl/", {"broker/crypto/", "broker/edge/", "adapters/tls/"}},
      {"<csv.h", {"adapters/csv/"}},
      {"<libxml/", {"adapters/xml/"}},
      {"<boost/", {"broker/edge/"}},
      {"<curl/", {"adapters/rest/http_pull.cc"}},
      {"<libssh/", {"adapters/sftp/ssh_handles.h"}},
      {"<soci/", {"adapters/sql/database.cc"}},
      {"<libpq", {"adapters/sql/database.cc"}},
      {"<sql", {"adapters/sql/odbc_link.cc"}},
      {"<date/", {"adapters/hl7/", "adapters/kit/", "broker/contract/"}},
      {"<CLI/", {"broker/main", "broker/admin/", "adapters/program/", "adapters/kit/", "adapters/inbox/"}},
  };
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode() || file.path.starts_with("tests/")) continue;
    for (const std::string& line : file.lines) {
      if (!line.starts_with("#include <")) continue;
      for (const auto& [header, rooms] : rules) {
        if (line.find(header) == std::string::npos) continue;
        EXPECT_TRUE(std::any_of(rooms.begin(), rooms.end(),
                                [&](const std::string& room) { return file.path.starts_with(room); }))
            << file.path << ": " << line;
      }
    }
  }
}

TEST(House, NoFileIsLongerThan500Lines) {
  for (const SourceFile& file : Tree())
    if (file.IsCode()) {
      EXPECT_LE(file.lines.size(), 500U) << file.path;
    }
}

TEST(House, EveryHeaderOpensWithWhatItIs) {
  for (const SourceFile& file : Tree())
    if (file.path.ends_with(".h") && !file.path.starts_with("tests/")) {
      EXPECT_TRUE(file.text.starts_with("//")) << file.path;
      EXPECT_NE(file.text.find("#pragma once"), std::string::npos) << file.path;
    }
}

// One listed file per room that wraps a throwing library.
const std::set<std::string> kMayCatch = {
    "broker/config/toml.cc",     // toml++
    "broker/wire/codec.cc",      // Cap'n Proto
    "broker/edge/http.cc",       // Boost.Asio
    "adapters/hl7/zone.cc",      // date
    "adapters/sql/database.cc",  // SOCI
    "adapters/kit/dynamic.cc",   // Cap'n Proto's dynamic API
    "broker/main.cc",            // CLI11, here and below
    "broker/admin/samsignal.cc",
    "adapters/program/adapter_main.cc",
    "adapters/inbox/program/main.cc",
};

TEST(House, ExceptionsStopInTheListedFiles) {
  const std::regex catching("\\bcatch *\\(");
  const std::regex throwing("\\bthrow\\b");
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode() || file.path.starts_with("tests/")) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const std::string code = WithoutComments(file.lines[i]);
      EXPECT_FALSE(std::regex_search(code, catching) && !kMayCatch.contains(file.path))
          << file.path << ":" << i + 1 << ": catch belongs in the room's listed file";
      const bool in_text = code.find('"') != std::string::npos;  // "throw its connections out"
      EXPECT_FALSE(!in_text && std::regex_search(code, throwing)) << file.path << ":" << i + 1;
    }
  }
}

// Opening an identity is meant to be noticed. Each of these has a reason: the vault indexes it under
// a keyed hash, the codecs write it into a sealed payload.
const std::set<std::string> kMayReveal = {
    "broker/base/person_id.h",
    "broker/store/vault.cc",         // indexes it under a keyed hash
    "broker/journal/persons.cc",     // a cache key, hashed under a key of this process
    "adapters/mllp/hl7_record.cc",   // reads the number's form
    "adapters/fhir/identifier.cc",   // the same
    "adapters/kit/mapper_values.cc", // writes it into the event that is sealed next
    "broker/admin/person_arg.cc",   // spells the system of a number that was typed in
};

TEST(House, IdentitiesAreOpenedInListedFilesOnly) {
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode() || file.path.starts_with("tests/")) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (WithoutComments(file.lines[i]).find("Reveal()") == std::string::npos) continue;
      EXPECT_TRUE(kMayReveal.contains(file.path)) << file.path << ":" << i + 1;
    }
  }
}

TEST(House, BannedWordsAndWhatToUseInstead) {
  const std::vector<std::pair<std::regex, std::string>> banned = {
      {std::regex("std::mutex|std::lock_guard"), "one thread owns it; hand over through a Pipe"},
      {std::regex("std::shared_ptr|std::make_shared"), "one owner: unique_ptr or a value"},
      {std::regex("std::cout|printf\\(stdout"), "data goes through the tool's printer"},
      {std::regex("std::system\\(|\\b(strcpy|sprintf)\\(|\\brand\\(\\)"), "the bounded or seeded form"},
      {std::regex("<format>|<source_location>|<expected>"), "not in both compilers"},
      {std::regex("std::this_thread::sleep"), "wait on a Pollable"},
  };
  const std::set<std::string> excepted = {
      "broker/config/toml.h", "broker/config/toml.cc",  // toml tables share their document
      "broker/base/log.cc",                             // spdlog's sinks are shared by its design
      "broker/store/rocks_log_order.cc",                // RocksDB's file systems, caches and buffers
      "broker/store/rocks_store.cc",                    // are handed over shared
  };
  const std::regex left_over("\\b(TODO|FIXME|XXX|HACK)\\b");
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode()) continue;
    const bool tests = file.path.starts_with("tests/");
    for (size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_FALSE(file.path != "tests/tidy/tidy_test.cc" && std::regex_search(file.lines[i], left_over))
          << file.path << ":" << i + 1;
      if (tests || excepted.contains(file.path)) continue;
      const std::string code = WithoutComments(file.lines[i]);
      for (const auto& [word, instead] : banned)
        EXPECT_FALSE(std::regex_search(code, word)) << file.path << ":" << i + 1 << ": use " << instead;
    }
  }
}

bool LuhnValid(const std::string& twelve) {
  int sum = 0;
  for (size_t i = 2; i < 12; ++i) {
    const int value = (twelve[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  return sum % 10 == 0;
}

// Published test persons, all adults or marked as examples by their publisher.
const std::set<std::string> kPublished = {"195009072553", "196101182803", "189002029800",
                                          "200302022389", "199002222397", "200001252386",
                                          "189602029812"};

TEST(House, NoNumberInTheTreeCanBelongToAPerson) {
  const std::regex number("(^|[^0-9A-Za-z])((19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01]))[-+]?([0-9]{4})([^0-9A-Za-z]|$)");
  for (const SourceFile& file : Tree()) {
    if (file.text.find('\0') != std::string::npos) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      for (std::sregex_iterator it(line.begin(), line.end(), number), end; it != end; ++it) {
        const std::string twelve = (*it)[2].str() + (*it)[6].str();
        EXPECT_FALSE(LuhnValid(twelve) && !kPublished.contains(twelve))
            << file.path << ":" << i + 1 << " holds a number with a valid check digit";
      }
    }
  }
}

// An operator who meets an error line at night finds it in the runbook.
TEST(House, EveryErrorLogLineHasARunbookEntry) {
  std::string runbook;
  for (const SourceFile& file : Tree())
    if (file.path == "deploy/OPERATING.md") runbook = file.text;
  ASSERT_FALSE(runbook.empty());
  const std::regex error("log::Error\\(\\s*\"([a-z_-]+)\",\\s*\"([a-z_-]+)\"");
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode() || file.path.starts_with("tests/")) continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), error), end; it != end; ++it)
      EXPECT_NE(runbook.find("`" + (*it)[2].str() + "`"), std::string::npos)
          << file.path << ": error event " << (*it)[2] << " is missing in deploy/OPERATING.md";
  }
}

// People search for what a line of the log says: one way to write its name.
TEST(House, EventsOfTheLogAreNamedWithDashes) {
  const std::regex named("log::(Debug|Info|Warn|Error|Write)\\([^\"]*\"[a-z_-]+\",\\s*\"([a-z0-9_-]+)\"");
  for (const SourceFile& file : Tree()) {
    if (!file.IsCode()) continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), named), end; it != end; ++it)
      EXPECT_EQ((*it)[2].str().find('_'), std::string::npos) << file.path << ": " << (*it)[2];
  }
}

// A blank line ends a table of Markdown: what follows is printed as text full of bars.
TEST(House, EveryRowOfATableStandsInIt) {
  const std::regex rule("\\|[ :|-]+\\|\\s*");
  for (const SourceFile& file : Tree()) {
    if (!file.path.ends_with(".md")) continue;
    bool code = false, table = false;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].starts_with("```")) code = !code;
      const bool row = !code && file.lines[i].starts_with("|");
      if (row && !table) {
        const std::string next = i + 1 < file.lines.size() ? file.lines[i + 1] : "";
        EXPECT_TRUE(std::regex_match(next, rule))
            << file.path << ":" << i + 1 << ": a row outside of a table";
      }
      table = row;
    }
  }
}

TEST(House, TheTopLevelIsFixed) {
  const std::set<std::string> allowed = {"broker", "adapters", "schemas", "deploy", "tests"};
  for (const SourceFile& file : Tree()) {
    const size_t slash = file.path.find('/');
    if (slash == std::string::npos || file.path[0] == '.') continue;
    EXPECT_TRUE(allowed.contains(file.path.substr(0, slash))) << file.path;
  }
}

// Two examples side by side on one machine: the second one did not start.
TEST(House, NoTwoExamplesListenOnOnePort) {
  const std::regex listens("(?:endpoint|address|listen) = \"127\\.0\\.0\\.1:([0-9]+)\"");
  std::map<std::string, std::string> ports;
  for (const SourceFile& file : Tree()) {
    if (!file.path.starts_with("deploy/config/") || !file.path.ends_with(".toml")) continue;
    for (std::sregex_iterator at(file.text.begin(), file.text.end(), listens), end; at != end; ++at) {
      const auto [known, fresh] = ports.emplace((*at)[1].str(), file.path);
      EXPECT_TRUE(fresh) << file.path << " and " << known->second << " both listen on " << known->first;
    }
  }
  EXPECT_GE(ports.size(), 18U) << "the examples are not read";
}

TEST(House, EveryRoomHasAReadme) {
  std::set<std::string> rooms, readmes;
  for (const SourceFile& file : Tree()) {
    if (file.path.ends_with("/README.md")) readmes.insert(file.Room());
    if (file.IsCode() && !file.path.starts_with("tests/")) rooms.insert(file.Room());
  }
  for (const char* top : {"schemas", "deploy", "tests"}) rooms.insert(top);
  for (const std::string& room : rooms) EXPECT_TRUE(readmes.contains(room)) << room;
}

}  // namespace
}  // namespace sam::tidy
