// directory.toml -> Directory: every finding is collected, with its place and the nearest name.
#include <algorithm>

#include "broker/config/toml.h"
#include "broker/base/text.h"
#include "broker/routing/directory.h"
#include "broker/routing/toml_parts.h"

namespace sam::routing {

class DirectoryReader {
 public:
  Result<Directory> Read(std::string text, std::string file) {
    SAM_ASSIGN(config::Document document,
               config::Document::Parse(std::move(text), std::move(file)));
    config::Table root = document.Root();
    for (config::Table& table : root.List("authority")) AddAuthority(table);
    for (config::Table& table : root.List("unit")) AddUnit(table);
    for (config::Table& table : root.List("function")) AddFunction(table);
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
    AddToIndex(table, "hsa_id", out_.unit_by_hsa_, UpperAscii(one.hsa_id), out_.units_.size());
    out_.units_.push_back(std::move(one));
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
    one.validity = ReadValidity(table, "valid_from", "valid_to");
    CheckFunction(table, one);
    AddToIndex(table, "id", out_.function_by_id_, one.id, out_.functions_.size());
    out_.functions_.push_back(std::move(one));
  }

  // What a role needs to be found by the gate.
  void CheckFunction(config::Table& table, const Function& one) {
    const Authority* authority = out_.AuthorityById(one.authority);
    const bool social = IsSocial(one.role);
    if (social && one.municipality.empty()) {
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
    if (one.unit.empty()) return;
    const Unit* unit = out_.UnitByHsaId(one.unit);
    if (unit == nullptr) {
      FailUnknown(table, "unit", "a unit of this file", one.unit, Names(out_.unit_by_hsa_));
    } else if (unit->authority != one.authority) {
      table.Fail("unit", "a unit of the same authority");
    }
  }

  Directory out_;
};

Result<Directory> ParseDirectory(std::string text, std::string file) {
  return DirectoryReader().Read(std::move(text), std::move(file));
}

}  // namespace sam::routing
