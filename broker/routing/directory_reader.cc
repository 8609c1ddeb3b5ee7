// directory.toml -> Directory: every finding is collected, with its place and the nearest name.
#include <algorithm>

#include "broker/config/toml.h"
#include "broker/base/text.h"
#include "broker/routing/ceilings.h"
#include "broker/routing/directory.h"
#include "broker/routing/toml_parts.h"

namespace sam::routing {

class DirectoryReader {
 public:
  explicit DirectoryReader(Days days) : days_(days) {}
  Result<Directory> Read(std::string text, std::string file) {
    SAM_ASSIGN(config::Document document,
               config::Document::Parse(std::move(text), std::move(file)));
    config::Table root = document.Root();
    for (config::Table& table : root.List("authority")) AddAuthority(table);
    for (config::Table& table : root.List("unit")) AddUnit(table);
    std::vector<config::Table> functions = root.List("function");
    for (config::Table& table : functions) AddFunction(table);
    for (size_t i = 0; i < functions.size(); ++i) CheckInCharge(functions[i], out_.functions_[i]);
    for (size_t i = 0; i < functions.size(); ++i) CheckOnCall(functions[i], out_.functions_[i]);
    if (out_.units_.size() + out_.functions_.size() > kMaxEntries) {
      root.Fail("function", "at most 20000 units and functions");
    }
    SAM_TRY(document.Done());
    return std::move(out_);
  }

 private:
  static constexpr size_t kMaxEntries = 20'000;
  using Index = std::map<std::string, size_t, std::less<>>;

  static std::string Id(config::Table& table, std::string_view key) {
    std::string id = table.Text(key);
    if (table.Has(key) && !IsDirectoryId(id)) {
      table.Fail(key, "an id of 1-64 letters a-z, digits, '.', '-', '_', such as \"bollnas.bvc\"");
    }
    return id;
  }

  // A municipality code, or empty when absent.
  static std::string Municipality(config::Table& table) {
    std::string code = table.TextOr("municipality", "");
    if (table.Has("municipality") && !IsMunicipalityCode(code)) {
      table.Fail("municipality", "four digits as text, such as \"0980\"");
    }
    return code;
  }

  static void AddToIndex(config::Table& table, std::string_view key, Index& index,
                         const std::string& id, size_t place) {
    if (!index.emplace(id, place).second) table.Fail(key, "a name not used before: \"" + id + "\"");
  }

  struct Rows {
    Index& newest;
    std::multimap<std::string, size_t, std::less<>>& all;
    std::vector<std::string>& places;
  };
  // One more row: of an id that has some, its dates may not overlap theirs.
  template <typename T>
  static void AddRow(config::Table& table, std::string_view key, const std::string& id,
                     std::vector<T>& list, T one, Rows rows) {
    const auto earlier = rows.all.equal_range(id);
    for (auto row = earlier.first; row != earlier.second; ++row) {
      if (!list[row->second].validity.Overlaps(one.validity)) continue;
      table.Fail(key, "a name not used before: \"" + id +
                          "\", or dates that do not overlap those in " + rows.places[row->second]);
    }
    const auto newest = rows.newest.find(id);
    const bool later = newest == rows.newest.end() || !list[newest->second].validity.to ||
                       (one.validity.from && *one.validity.from >= *list[newest->second].validity.to);
    if (later) rows.newest[id] = list.size();
    rows.all.emplace(id, list.size());
    rows.places.push_back(table.Where(key));
    list.push_back(std::move(one));
  }

  std::string KnownAuthority(config::Table& table) {
    std::string id = table.Text("authority");
    if (table.Has("authority") && out_.AuthorityById(id) == nullptr) {
      FailUnknown(table, "authority", "an authority of this file", id,
                  Names(out_.authority_by_id_));
    }
    return id;
  }

  static std::vector<std::string> Names(const Index& index) {
    std::vector<std::string> names;
    for (const auto& entry : index) names.push_back(entry.first);
    return names;
  }

  void AddAuthority(config::Table& table) {
    Authority one;
    one.id = Id(table, "id");
    const std::string org = table.Text("org");
    one.org = NormalOrg(org);
    if (table.Has("org") && one.org.empty()) {
      table.Fail("org", "an organisation number with a right check digit, such as \"232100-0198\"");
    }
    one.board = std::string(Trim(table.TextOr("board", "")));
    one.name = table.TextOr("name", one.id);
    one.kind = static_cast<AuthorityKind>(
        table.OneOf("kind", {"region", "municipality", "private"}));
    one.county = table.TextOr("county", "");
    const bool two_digits = one.county.size() == 2 && IsMunicipalityCode(one.county + "00");
    if (table.Has("county") && !two_digits) {
      table.Fail("county", "two digits as text, such as \"21\"");
    }
    one.municipality = Municipality(table);
    if (one.kind == AuthorityKind::kMunicipality && one.municipality.empty()) {
      table.Fail("municipality", "four digits as text for an authority of kind \"municipality\"");
    }
    if (!one.org.empty() && out_.AuthorityOf(one.org, one.board) != nullptr) {
      table.Fail("org", "an organisation and board not listed before");
    }
    AddToIndex(table, "id", out_.authority_by_id_, one.id, out_.authorities_.size());
    out_.authorities_.push_back(std::move(one));
  }

  void AddUnit(config::Table& table) {
    Unit one;
    one.hsa_id = table.Text("hsa_id");
    if (one.hsa_id.size() > 64 || one.hsa_id.find_first_of(" \t\r\n") != std::string::npos) {
      table.Fail("hsa_id", "an HSA id without spaces, at most 64 characters");
    }
    one.authority = KnownAuthority(table);
    one.kind = static_cast<UnitKind>(table.OneOf("kind", {"bvc", "dental", "other"}));
    one.municipality = Municipality(table);
    one.name = table.TextOr("name", one.hsa_id);
    one.validity = ReadValidity(table, "valid_from", "valid_to", days_);
    const std::string id = UpperAscii(one.hsa_id);
    AddRow(table, "hsa_id", id, out_.units_, std::move(one),
           {out_.unit_by_hsa_, out_.unit_rows_, unit_places_});
  }

  void AddFunction(config::Table& table) {
    Function one;
    one.id = Id(table, "id");
    std::vector<std::string> roles;
    roles.reserve(kRoles);
    for (int i = 0; i < kRoles; ++i) roles.push_back(RoleName(static_cast<Role>(i)));
    one.role = static_cast<Role>(table.OneOf("role", roles));
    one.authority = KnownAuthority(table);
    one.unit = table.TextOr("unit", "");
    one.municipality = Municipality(table);
    one.name = table.TextOr("name", one.id);
    one.channel = static_cast<Channel>(table.OneOf("channel", {"zmq", "none"}, 0));
    one.receipts = table.BoolOr("receipts", true);
    one.payload = static_cast<Payload>(table.OneOf("payload", PayloadNames(), 0));
    one.guardians_read = table.BoolOr("guardians_read", false);
    one.escalate_to = table.TextOr("escalate_to", "");
    one.validity = ReadValidity(table, "valid_from", "valid_to", days_);
    one.phone = std::string(Trim(table.TextOr("phone", "")));
    one.on_call = table.TextOr("on_call", "");
    if (table.Has("levels")) ReadLevels(table, one);
    ReadFilters(table, one);
    for (const std::string& hours : table.TextList("office_hours")) {
      const Status added = one.office_hours.Add(hours);
      if (!added.ok()) table.Fail("office_hours", added.error().message);
    }
    CheckFunction(table, one);
    const std::string id = one.id;
    AddRow(table, "id", id, out_.functions_, std::move(one),
           {out_.function_by_id_, out_.function_rows_, function_places_});
  }

  static void ReadLevels(config::Table& table, Function& one) {
    const std::vector<std::string> names = table.TextList("levels");
    if (names.empty()) table.Fail("levels", "at least one level; without the key all are taken");
    for (const std::string& name : names) {
      const auto level = LevelFromName(name);
      if (!level) {
        FailUnknown(table, "levels", "\"universal\", \"selective\" or \"indicated\"", name, LevelNames());
      } else if (std::find(one.levels.begin(), one.levels.end(), *level) != one.levels.end()) {
        table.Fail("levels", "each level once, found \"" + name + "\" again");
      } else {
        one.levels.push_back(*level);
      }
    }
  }

  // Only what exists may be left out: a word misspelt would leave out everything.
  static void ReadFilters(config::Table& table, Function& one) {
    one.ages = table.IntList("ages", 0, 200);
    const bool range = one.ages.size() == 2 && one.ages[0] <= one.ages[1];
    if (table.Has("ages") && !range) table.Fail("ages", "two whole years, the first not above the second, such as [0, 5]");
    one.signals = table.TextList("signals");
    if (table.Has("signals") && one.signals.empty())
      table.Fail("signals", "at least one code; without the key all are taken");
    std::vector<std::string> codes;
    for (const Ceiling& ceiling : AllCeilings())
      if (IsAgreed(ceiling.legal_class)) codes.push_back(ceiling.code);
    for (const std::string& code : one.signals)
      if (std::find(codes.begin(), codes.end(), code) == codes.end())
        FailUnknown(table, "signals", "a code of class B or C; all else always comes", code, codes);
    one.districts = table.TextList("districts");
    for (const std::string& district : one.districts)
      if (Trim(district).empty() || district.size() > 64)
        table.Fail("districts", "names or codes of 1 to 64 characters");
    if (!one.districts.empty() && one.municipality.empty())
      table.Fail("municipality", "the municipality that the districts are of");
  }

  // Another one of the same authority: there are walls between authorities.
  void CheckInCharge(config::Table& table, const Function& one) {
    if (one.escalate_to.empty()) return;
    const Function* other = out_.FunctionById(one.escalate_to);
    if (other == nullptr) {
      FailUnknown(table, "escalate_to", "a function of this file", one.escalate_to,
                  Names(out_.function_by_id_));
    } else if (other->authority != one.authority || other->id == one.id) {
      table.Fail("escalate_to", "another function of the same authority");
    }
  }

  // What a role needs to be found by the gate.
  void CheckFunction(config::Table& table, const Function& one) {
    const Authority* authority = out_.AuthorityById(one.authority);
    const bool social = IsSocial(one.role);
    // Several municipalities may share one on-call function.
    if (social && one.role != Role::kSocialOnCall && one.municipality.empty()) {
      table.Fail("municipality", "the municipality it serves, since its role is " +
                                     RoleName(one.role));
    }
    if (social && authority != nullptr && authority->kind != AuthorityKind::kMunicipality) {
      table.Fail("authority", "an authority of kind \"municipality\" for role " +
                                  RoleName(one.role));
    }
    if (one.role == Role::kChildClinic && one.municipality.empty()) {
      table.Fail("municipality", "the municipality it serves, since its role is " +
                                     RoleName(one.role));
    }
    if ((one.role == Role::kBvcUnit || one.role == Role::kDentalClinic) && one.unit.empty()) {
      table.Fail("unit", "the HSA id of its unit, since its role is " + RoleName(one.role));
    }
    CheckUnit(table, one);
  }

  // Whatever row of its unit holds while it does must be of its own authority.
  void CheckUnit(config::Table& table, const Function& one) {
    if (one.unit.empty()) return;
    if (out_.UnitByHsaId(one.unit) == nullptr) {
      FailUnknown(table, "unit", "a unit of this file", one.unit, Names(out_.unit_by_hsa_));
      return;
    }
    const auto rows = out_.unit_rows_.equal_range(UpperAscii(one.unit));
    for (auto row = rows.first; row != rows.second; ++row) {
      const Unit& unit = out_.units_[row->second];
      if (unit.authority == one.authority || !unit.validity.Overlaps(one.validity)) continue;
      table.Fail("unit", rows.first == std::prev(rows.second)
                             ? std::string("a unit of the same authority")
                             : "a unit of the same authority: from its dates on, that in " +
                                   unit_places_[row->second] + " is of another");
      return;
    }
  }

  // Only who takes in reports has somebody on call, and only for when it is closed.
  void CheckOnCall(config::Table& table, const Function& one) {
    if (one.on_call.empty()) {
      return;
    }
    const Function* other = out_.FunctionById(one.on_call);
    if (other == nullptr) {
      FailUnknown(table, "on_call", "a function of this file", one.on_call,
                  Names(out_.function_by_id_));
    } else if (other->role != Role::kSocialOnCall) {
      table.Fail("on_call", "a function with role " + RoleName(Role::kSocialOnCall));
    } else if (one.role != Role::kSocialReception) {
      table.Fail("on_call", "no such key but for role " + RoleName(Role::kSocialReception));
    } else if (one.office_hours.empty()) {
      table.Fail("on_call", "office_hours beside it: it acts outside them");
    }
  }

  const Days days_;
  Directory out_;
  std::vector<std::string> unit_places_, function_places_;  // where each row stands in the file
};

Result<Directory> ParseDirectory(std::string text, std::string file, Days days) {
  return DirectoryReader(days).Read(std::move(text), std::move(file));
}

}  // namespace sam::routing
