#include "adapters/rest/rest_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/hl7/personnummer.h"
#include "adapters/rest/json_row.h"
#include "broker/base/text.h"

namespace sam::rest {
namespace {

using kit::Presence;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const char* kRow = R"({"Id":98765,"Date":"2026-03-02","Type":"Orosanmälan","FromWho":"Tandvård",)"
                   R"("Closed":false,"InvestigationId":null,"Empty":"","PersonId":"20210325K069",)"
                   R"("Person":{"Name":"Test Fel","Numbers":[1,2]},)"
                   R"("Services":[{"Type":"a","Who":[{"N":"1"},{"N":"2"}]},{"Type":"b"}]})";

struct Rig {
  RestFormat format;
  hl7::Zone zone = *hl7::Zone::Find("Europe/Stockholm");
  RowFieldsByEndpoint fields = {{"Actualisations", {"Id", "Type"}}};

  Result<std::unique_ptr<RestRecord>> Parse(const std::string& bytes) {
    return RestRecord::Parse(format, fields, bytes, zone, *FromIso("2026-03-02T10:00:00Z"));
  }
  std::unique_ptr<RestRecord> Record(const std::string& row, const char* endpoint = "Decisions") {
    Result<std::unique_ptr<RestRecord>> out = Parse(Envelope(endpoint, row));
    EXPECT_TRUE(out.ok()) << out.error().message;
    return std::move(out).value();
  }
  kit::Selector At(const char* text) {
    Result<kit::Selector> out = format.Compile(text);
    EXPECT_TRUE(out.ok()) << text;
    return out.ok() ? *out : kit::Selector();
  }
  std::vector<std::string> All(const kit::SourceRecord& record, const char* text,
                               const kit::Scope& scope = {}) {
    std::vector<std::string> out;
    for (const kit::Selected& one : record.All(At(text), scope)) out.push_back(one.text);
    return out;
  }
};

TEST(RestFormat, EachFormOfSelectorFindsWhatItNames) {
  Rig rig;
  const auto record = rig.Record(kRow);
  const auto get = [&](const char* text) { return record->Get(rig.At(text), {}).text; };
  EXPECT_EQ(get("Id"), "98765");
  EXPECT_EQ(get("Type"), "Orosanmälan");
  EXPECT_EQ(get("Closed"), "false");
  EXPECT_EQ(get("Person.Name"), "Test Fel");
  EXPECT_EQ(get("Services.Type"), "a");
  EXPECT_EQ(get("Services[2].Type"), "b");
  EXPECT_EQ(get("@endpoint"), "Decisions");
  EXPECT_THAT(rig.All(*record, "Services[*].Type"), ElementsAre("a", "b"));
  EXPECT_THAT(rig.All(*record, "Services.Type"), ElementsAre("a", "b"));
  EXPECT_THAT(rig.All(*record, "Person.Numbers"), ElementsAre("1", "2"));
  EXPECT_THAT(rig.All(*record, "Services[1].Who[2].N"), ElementsAre("2"));
  EXPECT_THAT(rig.All(*record, "Services.Type", {"Services", 2}), ElementsAre("b"));
  EXPECT_THAT(rig.All(*record, "Services[1].Type", {"Services", 2}), ElementsAre("a"));
  EXPECT_EQ(record->Count("Services"), 2U);
  EXPECT_EQ(record->Count("Person"), 1U);
  EXPECT_EQ(record->Count("Nothing"), 0U);
  EXPECT_EQ(record->Count("InvestigationId"), 0U);
  EXPECT_EQ(record->PersonName(rig.At("Person.Name"), {}), "Test Fel");
}

TEST(RestFormat, NullEmptyObjectsAndWhatIsNotThereSayNothing) {
  Rig rig;
  const auto record = rig.Record(kRow);
  for (const char* text : {"InvestigationId", "Empty", "Person", "Services", "Services[3].Type",
                           "Nothing", "Id.Sub", "Person.Nothing"})
    EXPECT_EQ(record->Get(rig.At(text), {}).presence, Presence::kAbsent) << text;
}

TEST(RestFormat, WhatIsNoSelectorIsRefusedWhenTheMappingIsLoaded) {
  RestFormat format;
  for (const char* text : {"", ".", "A.", ".A", "A..B", "A[", "A[]", "A[0]", "A[x]", "A[1", "A B",
                           "A[12345]", "a.b.c.d.e.f.g.h.i"})
    EXPECT_FALSE(format.Compile(text).ok()) << text;
  EXPECT_TRUE(format.CheckUnit("Services").ok());
  EXPECT_FALSE(format.CheckUnit("Services[*]").ok());
  EXPECT_FALSE(format.CheckUnit("@endpoint").ok());
  EXPECT_TRUE(format.CheckTrigger("Decisions").ok());
  EXPECT_TRUE(format.CheckTrigger("Decisions:Inleds ej").ok());
  EXPECT_FALSE(format.CheckTrigger("Decisions:").ok());
  EXPECT_FALSE(format.CheckTrigger("").ok());
}

TEST(RestFormat, TheTriggerIsTheEndpointAndTheTypeWhereAFieldIsNamedForIt) {
  Rig rig;
  EXPECT_EQ(rig.Record(kRow)->trigger(), "Decisions");
  EXPECT_EQ(rig.Record(kRow, "Actualisations")->trigger(), "Actualisations:Orosanmälan");
  EXPECT_EQ(rig.Record(R"({"Id":1,"Type":null})", "Actualisations")->trigger(), "Actualisations");
}

TEST(RestFormat, TheMessageIdIsTheRowAndItsContent) {
  Rig rig;
  const std::string one = *rig.Record(R"({"Id":1,"A":2})")->MessageId();
  EXPECT_EQ(one, *rig.Record(R"({ "A": 2, "Id": 1 })")->MessageId());
  EXPECT_NE(one, *rig.Record(R"({"Id":1,"A":3})")->MessageId());
  EXPECT_NE(one, *rig.Record(R"({"Id":1,"A":2})", "Services")->MessageId());
  const auto changed = [&](const char* at) {
    return *rig.Parse(Envelope("Services", R"({"Id":1,"A":2})", at)).value()->MessageId();
  };
  EXPECT_EQ(changed("7"), changed("7"));
  EXPECT_NE(changed("7"), changed("8"));
  EXPECT_THAT(one, HasSubstr("Decisions|1|"));
}

TEST(RestFormat, TimesWithoutOffsetAreStockholms) {
  Rig rig;
  const auto record = rig.Record(kRow);
  EXPECT_EQ(ToIso(record->Time("2026-07-01T08:00:00")->instant), "2026-07-01T06:00:00.000Z");
  EXPECT_EQ(record->Time("2026-07-01T08:00:00")->note, kit::TimeNote::kAssumed);
  EXPECT_EQ(record->Time("2026-07-01T08:00:00Z")->note, kit::TimeNote::kStated);
  EXPECT_EQ(record->Time("2026-07-01T08:00")->precision, kit::TimePrecision::kMinute);
  EXPECT_EQ(record->Time("2026-10-25T02:30:00")->note, kit::TimeNote::kAmbiguous);
  EXPECT_EQ(record->Time("2026-03-29T02:30:00")->note, kit::TimeNote::kNonexistent);
  const Result<kit::TimeValue> day = record->Time("2026-03-02");
  EXPECT_EQ(ToIso(day->instant), "2026-03-01T23:00:00.000Z");
  EXPECT_EQ(day->precision, kit::TimePrecision::kDay);
  EXPECT_EQ(day->note, kit::TimeNote::kStated);
  EXPECT_FALSE(record->Time("igår").ok());
}

TEST(RestFormat, ADateIsTheDayInTheSourcesZone) {
  Rig rig;
  const auto record = rig.Record(kRow);
  EXPECT_EQ(*record->Date("2026-03-02"), "2026-03-02");
  EXPECT_EQ(*record->Date("2026-03-02T00:00:00"), "2026-03-02");
  EXPECT_EQ(*record->Date("2026-03-01T23:30:00Z"), "2026-03-02");
  EXPECT_FALSE(record->Date("2026-02-30").ok());
}

TEST(RestFormat, PersonNumbersComeInManyForms) {
  Rig rig;
  struct Case {
    const char* text;
    std::string_view system;
    const char* value;
    const char* flag;
  };
  for (const Case& one :
       {Case{"20210325K069", hl7::kOidReserveVgr, "20210325K069", ""},
        Case{"19500907-2553", hl7::kOidPersonnummer, "195009072553", ""},
        Case{"202512012384", hl7::kOidPersonnummer, "202512012384", "check-digit"},
        Case{"LC-44", "", "LC-44", "number-form"}}) {
    const auto record = rig.Record(std::string(R"({"Id":1,"PersonId":")") + one.text + "\"}");
    const auto ids = record->Identifiers(rig.At("PersonId"), {});
    ASSERT_EQ(ids.size(), 1U) << one.text;
    EXPECT_EQ(ids[0].id.system(), one.system) << one.text;
    EXPECT_EQ(ids[0].id.Reveal(), one.value);
    EXPECT_EQ(ids[0].flag, one.flag);
  }
  EXPECT_TRUE(
      rig.Record(R"({"Id":1,"PersonId":null})")->Identifiers(rig.At("PersonId"), {}).empty());
}

TEST(RestFormat, WhatIsNoMessageIsRefusedWithoutRepeatingIt) {
  Rig rig;
  for (const char* bytes :
       {"", "hemlig", "[]", "{}", R"({"endpoint":"A"})", R"({"row":{"Id":1}})",
        R"({"endpoint":"A","row":["hemlig"]})", R"({"endpoint":"A","row":{"Name":"hemlig"}})",
        R"({"endpoint":"hem lig","row":{"Id":1}})", R"({"endpoint":"A","row":{"Id":1,"Id":2}})",
        R"({"endpoint":"A","at":1,"row":{"Id":1}})", R"({"endpoint":"A","row":{"Id":null}})",
        R"({"endpoint":"A","row":{"Id":{"hemlig":1}}})"}) {
    const auto record = rig.Parse(bytes);
    ASSERT_FALSE(record.ok()) << bytes;
    EXPECT_EQ(record.error().code, Code::kInvalid);
    EXPECT_THAT(record.error().message, Not(HasSubstr("hemlig")));
  }
  EXPECT_FALSE(rig.Parse(Envelope("A", "{\"Id\":\"" + std::string(500, 'x') + "\"}")).ok());
}

TEST(RestFormat, EveryCutOfAMessageIsRefused) {
  Rig rig;
  const std::string whole = Envelope("Actualisations", kRow);
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(rig.Parse(whole.substr(0, cut)).ok()) << cut;
  EXPECT_TRUE(rig.Parse(whole).ok());
}

}  // namespace
}  // namespace sam::rest
