#include "adapters/inbox/web/html.h"

#include "adapters/inbox/web/forms.h"
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

TEST(Html, EscapesWhateverIsNotItsOwnMarkup) {
  Html out;
  out.Element("p", "<script>\"'&\x01\x7f\n", {{"title", "a\"><b>"}});
  EXPECT_EQ(out.text(),
            "<p title=\"a&quot;&gt;&lt;b&gt;\">&lt;script&gt;&quot;&#39;&amp;  \n</p>\n");
}

TEST(Forms, ReadWhatABrowserSends) {
  const auto form = Form::Read("a=1+2&b=%C3%A5%26&c=&d");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->Get("a"), "1 2");
  EXPECT_EQ(form->Get("b"), "å&");
  EXPECT_EQ(form->Get("c"), "");
  EXPECT_EQ(form->Get("absent"), "");
  EXPECT_TRUE(Form::Read(""));
}

TEST(Forms, RefuseWhatNoBrowserSends) {
  for (const char* body : {"a=%", "a=%4", "a=%zz", "a=1&a=2", "a=%00", "a=%ff", "%00=1"})
    EXPECT_FALSE(Form::Read(body)) << body;
  std::string many;
  for (size_t i = 0; i <= Form::kFieldsMax; ++i) many += (i == 0 ? "f" : "&f") + std::to_string(i) + "=1";
  EXPECT_FALSE(Form::Read(many));
}

TEST(Forms, AtEveryCutAFormIsReadOrRefused) {
  const std::string whole = "say=registered&case=A%2D17&said_by=%C3%85sa+Prov";
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const auto form = Form::Read(whole.substr(0, cut));
    if (form) {
      EXPECT_TRUE(IsValidUtf8(form->Get("said_by"))) << cut;
    }
  }
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(CookieOf("x=1; __Host-samsignal=ab; y=2", "__Host-samsignal"), "ab");
  EXPECT_EQ(CookieOf("__Host-samsignal-door=1", "__Host-samsignal"), "");
  EXPECT_EQ(CookieOf("", "a"), "");
}

}  // namespace
}  // namespace sam::inbox::web::test
