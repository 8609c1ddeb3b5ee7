#include "broker/routing/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::HasSubstr;

constexpr char kAuthority[] =
    "[[authority]]\nid = 'kommun'\norg = '212000-2361'\nboard = 'Socialnämnden'\n"
    "kind = 'municipality'\nmunicipality = '2183'\n";
constexpr char kRegion[] =
    "[[authority]]\nid = 'region'\norg = '2321000198'\nkind = 'region'\ncounty = '21'\n"
    "[[unit]]\nhsa_id = 'SE1-A'\nauthority = 'region'\nkind = 'bvc'\n";

std::string ErrorOf(const std::string& text) {
  const auto directory = ParseDirectory(text, "d.toml");
  if (directory.ok()) return "";
  EXPECT_EQ(directory.error().code, Code::kInvalid);
  return directory.error().message;
}

std::string Function1(const std::string& rest) {
  return std::string(kAuthority) + kRegion + "[[function]]\nid = 'f'\n" + rest;
}

TEST(Directory, TheDemonstrationAnswersAllLookups) {
  const World world = DemoWorld();
  const Directory& directory = world.directory;
  ASSERT_NE(directory.FunctionById("bollnas.mottagning"), nullptr);
  EXPECT_EQ(directory.FunctionById("bollnas.mottagning")->authority, "bollnas.socialnamnd");
  EXPECT_EQ(directory.FunctionById("nobody"), nullptr);
  EXPECT_EQ(directory.ByRole(Role::kSocialReception, "2183", kNow).size(), 1u);
  EXPECT_TRUE(directory.ByRole(Role::kSocialReception, "9999", kNow).empty());
  EXPECT_EQ(directory.ByUnit("se2321000198-bvctest", kNow).at(0)->id, "bvc.bollnas");
  EXPECT_TRUE(directory.ByUnit("", kNow).empty()) << "functions without a unit are not found by it";
  EXPECT_EQ(directory.UnitByHsaId("SE2321000198-bvcTEST")->kind, UnitKind::kBvc);
  EXPECT_EQ(directory.ByAuthority(Role::kSenderDesk, "region.gavleborg", kNow).size(), 1u);
}

TEST(Directory, TwoBoardsOfOneOrganisationAreTwoAuthorities) {
  const World world = DemoWorld();
  const Authority* social = world.directory.AuthorityOf("2120000803", " socialnämnden ");
  const Authority* health =
      world.directory.AuthorityOf("212000-0803", "HÄLSO- OCH SJUKVÅRDSNÄMNDEN");
  ASSERT_NE(social, nullptr);
  ASSERT_NE(health, nullptr);
  EXPECT_NE(social->id, health->id);
  EXPECT_EQ(world.directory.AuthorityOf("2120000803", ""), nullptr);
  EXPECT_EQ(world.directory.AuthorityOf("nonsense", ""), nullptr);
}

TEST(Directory, ALeadingZeroIsKeptAndDemanded) {
  EXPECT_TRUE(IsMunicipalityCode("0980"));
  EXPECT_FALSE(IsMunicipalityCode("980"));
  EXPECT_THAT(ErrorOf(Function1("role = 'social.reception'\nauthority = 'kommun'\n"
                                "municipality = '980'\n")),
              HasSubstr("four digits as text, such as \"0980\""));
  EXPECT_THAT(ErrorOf(Function1("role = 'social.reception'\nauthority = 'kommun'\n"
                                "municipality = 980\n")),
              HasSubstr("expected text, found a whole number"));
}

TEST(Directory, DuplicatesAreRefused) {
  const std::string desk = "[[function]]\nid = 'x'\nrole = 'sender.desk'\nauthority = 'region'\n";
  EXPECT_THAT(ErrorOf(std::string(kRegion) + desk + desk),
              HasSubstr("a name not used before: \"x\""));
  EXPECT_THAT(ErrorOf(std::string(kAuthority) + kAuthority),
              HasSubstr("not used before: \"kommun\""));
  EXPECT_THAT(ErrorOf(std::string(kRegion) +
                      "[[unit]]\nhsa_id = 'se1-a'\nauthority = 'region'\nkind = 'bvc'\n"),
              HasSubstr("not used before"));
}

constexpr Millis At(int64_t day, int64_t hour = 12) {
  return Millis(day * kDayMs + hour * kHourMs);
}
constexpr int64_t kMidJune = 20'619;  // 2026-06-15
constexpr int64_t kMidJuly = 20'649;  // 2026-07-15

std::string MovingUnit(const std::string& first_to, const std::string& then_from) {
  return std::string(kRegion) +
         "[[authority]]\nid = 'privat'\norg = '556000-0001'\nkind = 'private'\ncounty = '21'\n"
         "[[unit]]\nhsa_id = 'SE2-M'\nauthority = 'region'\nkind = 'bvc'\nmunicipality = '2183'\n"
         "valid_to = " + first_to + "\n"
         "[[unit]]\nhsa_id = 'se2-m'\nauthority = 'privat'\nkind = 'bvc'\nmunicipality = '2180'\n"
         "valid_from = " + then_from + "\n";
}
std::string FunctionOf(const std::string& authority, const std::string& dates) {
  return "[[function]]\nid = 'bvc.m'\nrole = 'bvc.unit'\nunit = 'SE2-M'\nauthority = '" + authority +
         "'\n" + dates;
}

TEST(Directory, AUnitThatMovesHasTwoRowsAndItsFunctionsGoWithIt) {
  const auto directory = ParseDirectory(
      MovingUnit("2026-06-30", "2026-07-01") + FunctionOf("region", "valid_to = 2026-06-30\n") +
          FunctionOf("privat", "valid_from = 2026-07-01\n"),
      "d.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  EXPECT_EQ(directory->UnitAt("SE2-m", At(kMidJune))->authority, "region");
  EXPECT_EQ(directory->UnitAt("SE2-M", At(kMidJuly))->municipality, "2180");
  EXPECT_EQ(directory->UnitByHsaId("SE2-M")->authority, "privat") << "the latest, for its name";
  EXPECT_EQ(directory->FunctionAt("bvc.m", At(kMidJune))->authority, "region");
  EXPECT_EQ(directory->FunctionAt("bvc.m", At(kMidJuly))->authority, "privat");
  EXPECT_EQ(directory->ByUnit("SE2-M", At(kMidJuly)).size(), 1u);
  EXPECT_EQ(*directory->NextChange(At(kMidJune)), *FromIso("2026-06-30T22:00:00Z"));
  EXPECT_EQ(directory->NextChange(*FromIso("2026-06-30T22:00:00Z")), std::nullopt);
}

// In summer Swedish midnight is 22:00Z, in winter 23:00Z.
TEST(Directory, TwoRowsOfAUnitMeetAtSwedishMidnightAndNoMomentLiesBetween) {
  for (const auto& [first, then, midnight] :
       {std::tuple{"2026-06-30", "2026-07-01", "2026-06-30T22:00:00Z"},
        std::tuple{"2026-12-31", "2027-01-01", "2026-12-31T23:00:00Z"},
        std::tuple{"2026-03-29", "2026-03-30", "2026-03-29T22:00:00Z"},
        std::tuple{"2026-10-25", "2026-10-26", "2026-10-25T23:00:00Z"}}) {
    const auto directory = ParseDirectory(MovingUnit(first, then), "d.toml");
    ASSERT_TRUE(directory.ok()) << directory.error().message;
    const Millis moment = *FromIso(midnight);
    EXPECT_EQ(directory->UnitAt("SE2-M", Millis(moment.value - 1))->authority, "region") << first;
    EXPECT_EQ(directory->UnitAt("SE2-M", moment)->authority, "privat") << then;
  }
}

TEST(Directory, DaysBeforeFoldEdition5EndAndBeginAsTheyDid) {
  const auto directory = ParseDirectory(MovingUnit("2026-06-30", "2026-07-01"), "d.toml", Days::kCautious);
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  EXPECT_EQ(directory->UnitAt("SE2-M", *FromIso("2026-06-30T22:00:00Z")), nullptr);
  EXPECT_EQ(directory->UnitAt("SE2-M", *FromIso("2026-06-30T23:59:59Z")), nullptr);
  EXPECT_NE(directory->UnitAt("SE2-M", *FromIso("2026-07-01T00:00:00Z")), nullptr);
}

TEST(Directory, RowsOfOneIdMayNotOverlapAndTheOtherOnesPlaceIsNamed) {
  EXPECT_THAT(ErrorOf(MovingUnit("2026-07-01", "2026-07-01")),
              HasSubstr("d.toml:22:10: 'unit.hsa_id': expected a name not used before: \"SE2-M\", or dates that do not "
                        "overlap those in d.toml:16:1"));
  EXPECT_THAT(ErrorOf(MovingUnit("2026-06-30", "2026-07-01") + FunctionOf("region", "") +
                      FunctionOf("region", "")),
              HasSubstr("a name not used before: \"bvc.m\""));
}

TEST(Directory, AFunctionMayNotOutlastItsUnitsTimeWithItsAuthority) {
  EXPECT_THAT(ErrorOf(MovingUnit("2026-06-30", "2026-07-01") + FunctionOf("region", "")),
              HasSubstr("that in d.toml:22:1 is of another"));
}

TEST(Directory, AFunctionIsValidWhileItsUnitIs) {
  const auto directory = ParseDirectory(
      std::string(kRegion) +
          "[[unit]]\nhsa_id = 'SE2-M'\nauthority = 'region'\nkind = 'bvc'\nvalid_to = 2026-06-30\n" +
          FunctionOf("region", ""),
      "d.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  EXPECT_NE(directory->FunctionAt("bvc.m", At(kMidJune)), nullptr);
  EXPECT_EQ(directory->FunctionAt("bvc.m", At(kMidJuly)), nullptr);
  EXPECT_TRUE(directory->ByUnit("SE2-M", At(kMidJuly)).empty());
  EXPECT_TRUE(directory->ByAuthority(Role::kBvcUnit, "region", At(kMidJuly)).empty());
}

std::string OnCall(const std::string& reception, const std::string& role = "social.on-call") {
  return std::string(kAuthority) +
         "[[function]]\nid = 'jour'\nauthority = 'kommun'\nmunicipality = '2183'\nrole = '" + role +
         "'\n[[function]]\nid = 'f'\nrole = 'social.reception'\nauthority = 'kommun'\n"
         "municipality = '2183'\n" + reception;
}

TEST(Directory, WhoIsOnCallActsOutsideOfficeHoursAndOnHolidays) {
  const auto directory = ParseDirectory(
      OnCall("office_hours = ['mon-thu 08:00-16:30', 'fri 08:00-15:00']\non_call = 'jour'\n"), "d.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  const Function& reception = *directory->FunctionById("f");
  const auto closed = [&](const char* utc) {
    return directory->OnCallFor(reception, *FromIso(utc)) != nullptr;
  };
  EXPECT_FALSE(closed("2026-06-15T06:00:00Z")) << "08:00 in Swedish summer time";
  EXPECT_TRUE(closed("2026-06-15T05:59:59Z"));
  EXPECT_FALSE(closed("2026-06-15T14:29:59Z"));
  EXPECT_TRUE(closed("2026-06-15T14:30:00Z"));
  EXPECT_FALSE(closed("2026-01-15T15:29:59Z")) << "16:29:59 in winter";
  EXPECT_TRUE(closed("2026-06-19T10:00:00Z")) << "Midsummer Eve";
  EXPECT_TRUE(closed("2026-06-20T10:00:00Z")) << "Saturday";
  EXPECT_TRUE(closed("2026-01-06T10:00:00Z")) << "Epiphany, a Tuesday";
}

TEST(Directory, OnCallIsRefusedWhereItCanNotWork) {
  const std::string hours = "office_hours = ['mon-fri 08:00-16:30']\n";
  EXPECT_THAT(ErrorOf(OnCall(hours + "on_call = 'jouur'\n")), HasSubstr("did you mean \"jour\"?"));
  EXPECT_THAT(ErrorOf(OnCall(hours + "on_call = 'jour'\n", "social.preventive")),
              HasSubstr("a function with role social.on-call"));
  EXPECT_THAT(ErrorOf(OnCall("on_call = 'jour'\n")), HasSubstr("office_hours beside it"));
  EXPECT_THAT(ErrorOf(OnCall("office_hours = ['always']\non_call = 'jour'\n")),
              HasSubstr("'always' are no hours"));
  EXPECT_THAT(ErrorOf(OnCall(hours + "on_call = 'jour'\n[[function]]\nid = 'g'\n"
                             "role = 'social.preventive'\nauthority = 'kommun'\n"
                             "municipality = '2183'\non_call = 'jour'\n")),
              HasSubstr("no such key but for role social.reception"));
}

TEST(Directory, UnknownNamesComeWithPlaceAndNearest) {
  const std::string error =
      ErrorOf(std::string(kRegion) +
              "[[function]]\nid = 'x'\nrole = 'bvc.unti'\nauthority = 'regoin'\nunit = 'SE1-B'\n");
  EXPECT_THAT(error, HasSubstr("d.toml:12:8: 'function.role'"));
  EXPECT_THAT(error, HasSubstr("did you mean \"bvc.unit\"?"));
  EXPECT_THAT(error, HasSubstr("d.toml:13:13: 'function.authority'"));
  EXPECT_THAT(error, HasSubstr("did you mean \"region\"?"));
  EXPECT_THAT(error, HasSubstr("'function.unit'"));
}

TEST(Directory, RolesDemandWhatTheGateNeeds) {
  EXPECT_THAT(ErrorOf(Function1("role = 'social.reception'\nauthority = 'kommun'\n")),
              HasSubstr("'function.municipality'"));
  EXPECT_THAT(ErrorOf(Function1("role = 'social.preventive'\nauthority = 'region'\n"
                                "municipality = '2183'\n")),
              HasSubstr("kind \"municipality\""));
  EXPECT_THAT(ErrorOf(Function1("role = 'bvc.unit'\nauthority = 'region'\n")),
              HasSubstr("'function.unit'"));
  EXPECT_THAT(ErrorOf(Function1("role = 'sender.desk'\nauthority = 'kommun'\nunit = 'SE1-A'\n")),
              HasSubstr("a unit of the same authority"));
  EXPECT_EQ(ErrorOf(Function1("role = 'bvc.unit'\nauthority = 'region'\nunit = 'SE1-A'\n")), "");
}

TEST(Directory, OrganisationNumbersNeedTheirCheckDigit) {
  EXPECT_EQ(NormalOrg("232100-0198"), "2321000198");
  EXPECT_EQ(NormalOrg("2321000198"), "2321000198");
  EXPECT_EQ(NormalOrg("2321000199"), "");
  EXPECT_EQ(NormalOrg("23210-00198"), "");
  EXPECT_EQ(NormalOrg(""), "");
  EXPECT_THAT(ErrorOf("[[authority]]\nid = 'a'\norg = '1'\nkind = 'region'\n"),
              HasSubstr("organisation number"));
  EXPECT_THAT(ErrorOf("[[authority]]\nid = 'a'\norg = '2321000198'\nkind = 'municipality'\n"),
              HasSubstr("four digits"));
  EXPECT_THAT(ErrorOf("[[authority]]\nid = 'a'\norg = '2321000198'\nkind = 'region'\n"
                      "county = '7'\n"),
              HasSubstr("two digits"));
}

TEST(Directory, IdsAreSafeNames) {
  EXPECT_TRUE(IsDirectoryId("bollnas.mottagning-2_x"));
  for (const char* bad : {"", ".a", "A", "a b", "å", "a/b"}) {
    EXPECT_FALSE(IsDirectoryId(bad)) << bad;
  }
  EXPECT_FALSE(IsDirectoryId(std::string(65, 'a')));
}

TEST(Directory, ValidityBeginsAndEndsWithTheSwedishDay) {
  const auto directory = ParseDirectory(
      Function1("role = 'sender.desk'\nauthority = 'region'\nvalid_from = 2026-03-01\n"
                "valid_to = 2026-03-31\n"),
      "d.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  const auto found = [&](const char* time) {
    return directory->ByAuthority(Role::kSenderDesk, "region", *FromIso(time)).size();
  };
  EXPECT_EQ(found("2026-02-28T22:59Z"), 0u);
  EXPECT_EQ(found("2026-02-28T23:00Z"), 1u);
  EXPECT_EQ(found("2026-03-31T21:59Z"), 1u);
  EXPECT_EQ(found("2026-03-31T22:00Z"), 0u);
  EXPECT_THAT(ErrorOf(Function1("role = 'sender.desk'\nauthority = 'region'\n"
                                "valid_from = 2026-04-01\nvalid_to = 2026-03-31\n")),
              HasSubstr("not before the first one"));
}

TEST(Directory, AnEmptyFileIsAnEmptyDirectory) {
  const auto directory = ParseDirectory("", "d.toml");
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE(directory->functions().empty());
}

TEST(Directory, TheShippedTemplatesAreValid) {
  const std::string folder = SAM_SOURCE_DIR "/deploy/config/";
  const auto directory = ParseDirectory(ReadFile(folder + "directory.toml"), "directory.toml");
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE(ParseAgreements(ReadFile(folder + "agreements.toml"), "a", *directory).ok());
}

TEST(Directory, RolesAreNamedBothWays) {
  for (int i = 0; i < kRoles; ++i) {
    EXPECT_EQ(RoleFromName(RoleName(static_cast<Role>(i))), static_cast<Role>(i));
  }
  EXPECT_FALSE(RoleFromName("boss").has_value());
}

TEST(Directory, WhoIsInChargeIsNamedOrTheManagerOfTheAuthority) {
  const std::string text =
      "[[authority]]\nid = 'board'\norg = '212000-2361'\nkind = 'municipality'\n"
      "municipality = '2183'\n"
      "[[authority]]\nid = 'other'\norg = '212000-2338'\nkind = 'municipality'\n"
      "municipality = '2180'\n"
      "[[function]]\nid = 'a'\nrole = 'social.reception'\nauthority = 'board'\n"
      "municipality = '2183'\nescalate_to = 'c'\n"
      "[[function]]\nid = 'b'\nrole = 'social.preventive'\nauthority = 'board'\n"
      "municipality = '2183'\n"
      "[[function]]\nid = 'c'\nrole = 'sender.desk'\nauthority = 'board'\n"
      "valid_to = 2027-01-01\n"
      "[[function]]\nid = 'm'\nrole = 'manager'\nauthority = 'board'\n"
      "[[function]]\nid = 'o'\nrole = 'social.reception'\nauthority = 'other'\n"
      "municipality = '2180'\n";
  const auto directory = ParseDirectory(text, "directory.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  const Millis now = *FromIso("2026-11-23");
  EXPECT_EQ(directory->InChargeOf("a", now)->id, "c");
  EXPECT_EQ(directory->InChargeOf("a", *FromIso("2028-01-01"))->id, "m") << "no longer valid";
  EXPECT_EQ(directory->InChargeOf("b", now)->id, "m");
  EXPECT_EQ(directory->InChargeOf("o", now), nullptr);
  EXPECT_EQ(directory->InChargeOf("nobody", now), nullptr);
  const auto with = [&](const std::string& name) {
    std::string changed = text;
    changed.replace(changed.find("escalate_to = 'c'"), 17, "escalate_to = '" + name + "'");
    const auto parsed = ParseDirectory(changed, "directory.toml");
    return parsed.ok() ? std::string() : parsed.error().message;
  };
  EXPECT_NE(with("cc").find("a function of this file"), std::string::npos);
  EXPECT_NE(with("o").find("another function of the same authority"), std::string::npos);
  EXPECT_NE(with("a").find("another function of the same authority"), std::string::npos);
}

}  // namespace
}  // namespace sam::routing
