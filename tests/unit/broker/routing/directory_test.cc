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

TEST(Directory, ValidityEndsWithTheSwedishDayAndNeverLater) {
  const auto directory = ParseDirectory(
      Function1("role = 'sender.desk'\nauthority = 'region'\nvalid_from = 2026-03-01\n"
                "valid_to = 2026-03-31\n"),
      "d.toml");
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  const auto found = [&](const char* time) {
    return directory->ByAuthority(Role::kSenderDesk, "region", *FromIso(time)).size();
  };
  EXPECT_EQ(found("2026-02-28T23:59Z"), 0u);
  EXPECT_EQ(found("2026-03-01T00:00Z"), 1u);
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

}  // namespace
}  // namespace sam::routing
