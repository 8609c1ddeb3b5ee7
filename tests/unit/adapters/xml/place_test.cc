#include "adapters/xml/place.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "adapters/xml/xml_record.h"

namespace sam::xml::test {
namespace {

const char kDocument[] =
    "<leverans skapad=\"2026-03-03\"><avsandare><enhet>E1</enhet></avsandare>"
    "<handelse typ=\" UB \" p:typ=\"other\" xmlns:p=\"urn:p\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
    "<p:id>0</p:id><id typ=\"PNR\"> 20210325K069 </id><id typ=\"LOK\">L-7</id>"
    "<datum>2026-03-02</datum><tid>09:30:00</tid><tom/><nil xsi:nil=\"true\"></nil>"
    "<matt><dft>2,0</dft></matt><kod system=\"A\">1</kod><kod>2</kod><kod system=\"B\"> </kod>"
    "<delar><del><namn>x</namn></del><del><namn>y</namn><namn>z</namn></del></delar>"
    "<blandat>a<b>B</b>c</blandat></handelse></leverans>";

class Places : public testing::Test {
 protected:
  void SetUp() override {
    Result<Document> document = Document::Parse(kDocument, "", 32);
    ASSERT_TRUE(document.ok()) << document.error().message;
    auto row = std::make_unique<XmlRow>();
    row->document = std::move(*document);
    row->record = &row->document.root().children[1];
    row->read = {"@typ"};
    record_.emplace(format_, std::move(row), hl7::Zone::Find("Europe/Stockholm").value(),
                    Millis(1'772'445'600'000));
  }
  std::string Get(const std::string& place, const kit::Scope& scope = {}) {
    const Result<kit::Selector> selector = format_.Compile(place);
    EXPECT_TRUE(selector.ok()) << (selector.ok() ? "" : selector.error().message);
    const kit::Selected found = record_->Get(*selector, scope);
    EXPECT_EQ(found.has_value(), !found.text.empty());
    return found.text;
  }
  std::vector<std::string> All(const std::string& place, const kit::Scope& scope = {}) {
    std::vector<std::string> out;
    for (const kit::Selected& one : record_->All(*format_.Compile(place), scope))
      out.push_back(one.text);
    return out;
  }

  XmlFormat format_;
  std::optional<XmlRecord> record_;
};

using Texts = std::vector<std::string>;

TEST_F(Places, APathNamesElementsAndAttributesByLocalName) {
  EXPECT_EQ(Get("@typ"), "UB") << "an attribute with a prefix is another one";
  EXPECT_EQ(Get("datum"), "2026-03-02");
  EXPECT_EQ(Get("matt/dft"), "2,0");
  EXPECT_EQ(Get("number(matt/dft)"), "2");
  EXPECT_EQ(Get("*/dft"), "2,0");
  EXPECT_EQ(Get("kod/@system"), "A");
  EXPECT_EQ(Get("datum+tid"), "2026-03-02 09:30:00");
  EXPECT_EQ(Get("/leverans/@skapad"), "2026-03-03");
  EXPECT_EQ(Get("/leverans/avsandare/enhet"), "E1");
  EXPECT_EQ(Get("/annat/@skapad"), "");
  EXPECT_EQ(Get("blandat"), "ac") << "its own text, not its children's";
  EXPECT_EQ(Get("blandat/b"), "B");
}

TEST_F(Places, EmptyAndNilSayNothing) {
  EXPECT_EQ(Get("tom"), "");
  EXPECT_EQ(Get("nil"), "");
  EXPECT_EQ(Get("saknas/alls"), "");
  EXPECT_EQ(Get("."), "");
}

TEST_F(Places, RepeatedElementsAreAList) {
  EXPECT_EQ(All("kod"), (Texts{"1", "2"}));
  EXPECT_EQ(All("delar/del/namn"), (Texts{"x", "y", "z"}));
  EXPECT_EQ(All("id"), (Texts{"0", "20210325K069", "L-7"}));
  EXPECT_EQ(All("id[@typ=LOK]"), (Texts{"L-7"}));
  EXPECT_EQ(All("delar/del[namn=z]/namn"), (Texts{"y", "z"}));
}

TEST_F(Places, AUnitIsTheElementAtHand) {
  EXPECT_EQ(record_->Count("kod"), 3U);
  EXPECT_EQ(record_->Count("delar/del"), 2U);
  EXPECT_EQ(record_->Count("saknas"), 0U);
  EXPECT_EQ(Get("kod", {"kod", 2}), "2");
  EXPECT_EQ(Get("kod/@system", {"kod", 2}), "") << "not that of another one";
  EXPECT_EQ(Get("kod/@system", {"kod", 3}), "B");
  EXPECT_EQ(All("delar/del/namn", {"delar/del", 2}), (Texts{"y", "z"}));
  EXPECT_EQ(Get("datum", {"kod", 2}), "2026-03-02");
  EXPECT_EQ(Get("kod", {"kod", 9}), "");
}

TEST_F(Places, PersonNumbersAreReadByTheirForm) {
  const auto ids = record_->Identifiers(*format_.Compile("id"), {});
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(std::count_if(ids.begin(), ids.end(), kit::NamesNobody), 2) << "what is no number names nobody";
  EXPECT_EQ(record_->Identifiers(*format_.Compile("local(id[@typ=LOK])"), {}).at(0).flag,
            "unknown-system");
}

TEST_F(Places, TimesOfXmlSchemaAreRead) {
  EXPECT_EQ(record_->Time("2026-03-02 09:30:00+01:00")->instant.value, 1'772'440'200'000);
  EXPECT_EQ(record_->Time("2026-03-02T09:30:00.125Z")->instant.value, 1'772'443'800'000);
  for (const char* day : {"2026-03-02", "2026-03-02Z", "2026-03-02+01:00", " 20260302 "}) {
    EXPECT_EQ(record_->Date(day).value(), "2026-03-02") << day;
    EXPECT_EQ(record_->Time(day)->precision, kit::TimePrecision::kDay) << day;
  }
  const Result<std::string> bad = record_->Date("2021-13-45");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message.find("2021"), std::string::npos);
}

TEST_F(Places, CoverageKnowsWhatStandsThereAndWhatARuleLooksAt) {
  const Texts places = record_->Places();
  for (const char* one : {"id", "id/@typ", "kod/@system", "matt/dft", "/leverans/@skapad",
                          "/leverans/avsandare/enhet", "blandat"})
    EXPECT_NE(std::find(places.begin(), places.end(), one), places.end()) << one;
  for (const char* one : {"@typ", "tom", "nil", "/leverans/handelse/id"})
    EXPECT_EQ(std::find(places.begin(), places.end(), one), places.end()) << one;
  EXPECT_EQ(record_->Touched(*format_.Compile("datum+id[@typ=LOK]"), {}), (Texts{"datum", "id"}));
}

TEST(PlaceText, WhatIsNoPlaceIsRefusedWithWhatWasExpected) {
  XmlFormat format;
  for (const char* bad : {"", "a//b", "a/", "/", "p:a", "a b", "@", "@a/b", "a[1]", "a[@x]",
                          "a[x=]", "a[x=1", "sum(a)", "a+", "1a", "/@a", "a/@p:b"}) {
    const Result<kit::Selector> made = format.Compile(bad);
    EXPECT_FALSE(made.ok()) << bad;
  }
  EXPECT_TRUE(format.CheckUnit("a/b").ok());
  for (const char* bad : {"@a", "/a", ".", "a/@b", ""})
    EXPECT_FALSE(format.CheckUnit(bad).ok()) << bad;
  EXPECT_TRUE(format.CheckTrigger("UB").ok());
  EXPECT_FALSE(format.CheckTrigger(" ").ok());
}

}  // namespace
}  // namespace sam::xml::test
