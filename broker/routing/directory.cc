#include "broker/routing/directory.h"

#include <array>

namespace sam::routing {
namespace {

constexpr std::array<const char*, kRoles> kRoleNames = {
    "social.reception",    "social.preventive", "bvc.unit",
    "dental.clinic",       "sender.desk",       "region.child-clinic",
    "social.placement",    "social.income-support",
    "social.on-call",      "manager"};

// ASCII is enough for HSA ids; names of boards fold å ä ö as well.
std::string Upper(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool after_c3 = i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xC3;
    if (byte >= 'a' && byte <= 'z') {
      out += static_cast<char>(byte - 32);
    } else if (after_c3 && byte >= 0xA0 && byte <= 0xBE && byte != 0xB7) {
      out += static_cast<char>(byte - 32);
    } else {
      out += text[i];
    }
  }
  return out;
}

template <typename T>
const T* At(const std::vector<T>& all, const std::map<std::string, size_t, std::less<>>& index,
            std::string_view key) {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &all[found->second];
}

}  // namespace

std::vector<std::string> PayloadNames() { return {"full", "id-only", "empty"}; }

bool IsSocial(Role role) {
  return role == Role::kSocialReception || role == Role::kSocialPreventive ||
         role == Role::kSocialPlacement || role == Role::kSocialIncomeSupport ||
         role == Role::kSocialOnCall;
}

std::string RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<Role> RoleFromName(std::string_view name) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (name == kRoleNames[i]) return static_cast<Role>(i);
  }
  return std::nullopt;
}

const Authority* Directory::AuthorityById(std::string_view id) const {
  return At(authorities_, authority_by_id_, id);
}

const Authority* Directory::AuthorityOf(std::string_view org, std::string_view board) const {
  const std::string digits = NormalOrg(org);
  if (digits.empty()) return nullptr;
  const std::string wanted = Upper(Trim(board));
  for (const Authority& authority : authorities_) {
    if (authority.org == digits && Upper(authority.board) == wanted) return &authority;
  }
  return nullptr;
}

const Unit* Directory::UnitByHsaId(std::string_view hsa_id) const {
  return At(units_, unit_by_hsa_, Upper(hsa_id));
}

const Function* Directory::FunctionById(std::string_view id) const {
  return At(functions_, function_by_id_, id);
}

const Unit* Directory::UnitAt(std::string_view hsa_id, Millis now) const {
  const auto rows = unit_rows_.equal_range(Upper(hsa_id));
  for (auto row = rows.first; row != rows.second; ++row)
    if (units_[row->second].validity.Holds(now)) return &units_[row->second];
  return nullptr;
}

const Function* Directory::FunctionAt(std::string_view id, Millis now) const {
  const auto rows = function_rows_.equal_range(id);
  for (auto row = rows.first; row != rows.second; ++row)
    if (Valid(functions_[row->second], now)) return &functions_[row->second];
  return nullptr;
}

bool Directory::Valid(const Function& function, Millis now) const {
  if (!function.validity.Holds(now)) return false;
  return function.unit.empty() || UnitAt(function.unit, now) != nullptr;
}

std::optional<Millis> Directory::NextChange(Millis after) const {
  std::optional<Millis> next;
  for (const Unit& unit : units_) next = Sooner(next, unit.validity.NextChange(after));
  for (const Function& one : functions_) next = Sooner(next, one.validity.NextChange(after));
  return next;
}

const Function* Directory::OnCallFor(const Function& reception, Millis now) const {
  if (reception.on_call.empty() || reception.office_hours.OpenAt(now)) return nullptr;
  return FunctionAt(reception.on_call, now);
}

std::vector<const Function*> Directory::ByRole(Role role, std::string_view municipality,
                                               Millis now) const {
  std::vector<const Function*> out;
  for (const Function& function : functions_) {
    if (function.role == role && function.municipality == municipality && Valid(function, now)) {
      out.push_back(&function);
    }
  }
  return out;
}

std::vector<const Function*> Directory::ByUnit(std::string_view hsa_id, Millis now) const {
  std::vector<const Function*> out;
  if (hsa_id.empty()) return out;
  const std::string wanted = Upper(hsa_id);
  for (const Function& function : functions_) {
    if (Upper(function.unit) == wanted && Valid(function, now)) out.push_back(&function);
  }
  return out;
}

std::vector<const Function*> Directory::ByAuthority(Role role, std::string_view authority,
                                                    Millis now) const {
  std::vector<const Function*> out;
  for (const Function& function : functions_) {
    if (function.role == role && function.authority == authority && Valid(function, now)) {
      out.push_back(&function);
    }
  }
  return out;
}

const Function* Directory::InChargeOf(std::string_view function, Millis now) const {
  const Function* own = FunctionAt(function, now);
  if (own == nullptr) own = FunctionById(function);  // it is no more: its authority answers
  if (own == nullptr) return nullptr;
  const Function* named = FunctionAt(own->escalate_to, now);
  if (named != nullptr) return named;
  const auto managers = ByAuthority(Role::kManager, own->authority, now);
  return managers.empty() ? nullptr : managers.front();
}

std::string NormalOrg(std::string_view org) {
  std::string digits;
  const std::string_view text = Trim(org);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' && i == 6 && text.size() == 11) continue;
    if (text[i] < '0' || text[i] > '9') return "";
    digits += text[i];
  }
  if (digits.size() != 10) return "";
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return sum % 10 == 0 ? digits : "";
}

bool IsMunicipalityCode(std::string_view code) {
  if (code.size() != 4) return false;
  for (const char c : code) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

bool IsDirectoryId(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && (i == 0 || (c != '.' && c != '-' && c != '_'))) return false;
  }
  return true;
}

}  // namespace sam::routing
