#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <capnp/schema-parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kj/filesystem.h>

#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/texts.h"

namespace sam::contract {
namespace {

using internal::ShortName;

// All nodes of all schema files, parsed from source, so that no file can be forgotten.
class Sources {
 public:
  Sources() : disk_(kj::newDiskFilesystem()) {
    namespace fs = std::filesystem;
    const fs::path root = fs::canonical(SAM_SOURCE_DIR "/schemas");
    const kj::ReadableDirectory& disk = disk_->getRoot();
    const auto dir = disk.openSubdir(kj::Path::parse(root.string().substr(1).c_str()));
    const auto include = disk.openSubdir(kj::Path({"usr", "include"}));
    const kj::ReadableDirectory* import_path[] = {include.get()};
    for (const auto& entry : fs::directory_iterator(root)) {
      if (entry.path().extension() != ".capnp") continue;
      const std::string name = entry.path().filename();
      files_.push_back(name);
      Add(parser_.parseFromDirectory(*dir, kj::Path({kj::StringPtr(name.c_str())}),
                                     kj::arrayPtr(import_path, 1)));
    }
  }
  const std::vector<std::string>& files() const { return files_; }
  const std::vector<capnp::StructSchema>& structs() const { return structs_; }
  const std::vector<capnp::EnumSchema>& enums() const { return enums_; }

 private:
  void Add(capnp::ParsedSchema schema) {
    if (schema.getProto().isStruct()) structs_.push_back(schema.asStruct());
    if (schema.getProto().isEnum()) enums_.push_back(schema.asEnum());
    for (const auto nested : schema.getAllNested()) Add(nested);
  }

  kj::Own<kj::Filesystem> disk_;
  capnp::SchemaParser parser_;
  std::vector<std::string> files_;
  std::vector<capnp::StructSchema> structs_;
  std::vector<capnp::EnumSchema> enums_;
};

// Visits every field that holds a value, those of groups and unions included.
template <typename Visit>
void EachField(capnp::StructSchema schema, const Visit& visit) {
  for (const auto field : schema.getFields()) {
    if (field.getProto().isGroup()) {
      EachField(field.getType().asStruct(), visit);
    } else {
      visit(field, InfoOf(field));
    }
  }
}

class Schemas : public ::testing::Test {
 protected:
  template <typename Visit>
  void Each(const Visit& visit) {
    for (const auto schema : sources_->structs()) {
      EachField(schema, [&](capnp::StructSchema::Field field, const FieldInfo& info) {
        visit(ShortName(schema) + "." + info.name, field, info);
      });
    }
  }
  std::unique_ptr<Sources> sources_ = std::make_unique<Sources>();
};

TEST_F(Schemas, AllFilesAreRead) {
  EXPECT_GE(sources_->files().size(), 14u);
  EXPECT_GE(sources_->structs().size(), 60u);
}

TEST_F(Schemas, EveryFieldHasASensitivityAndASwedishTerm) {
  size_t fields = 0;
  Each([&](const std::string& name, capnp::StructSchema::Field, const FieldInfo& info) {
    ++fields;
    EXPECT_TRUE(info.sensitivity.has_value()) << name << " lacks $sens";
    EXPECT_FALSE(info.sv.empty()) << name << " lacks $sv";
  });
  EXPECT_GT(fields, 300u);
}

TEST_F(Schemas, WhatConcernsAPersonHasARetentionClass) {
  Each([](const std::string& name, capnp::StructSchema::Field, const FieldInfo& info) {
    if (info.sensitivity.value_or(schema::Sensitivity::S0) == schema::Sensitivity::S0) return;
    EXPECT_TRUE(info.retention.has_value()) << name << " lacks $keep";
  });
}

TEST_F(Schemas, PlacesAndFreeTextAreNeverMarkedTechnical) {
  Each([](const std::string& name, capnp::StructSchema::Field, const FieldInfo& info) {
    if (!info.place && !info.free_text) return;
    EXPECT_NE(info.sensitivity, schema::Sensitivity::S0) << name;
    EXPECT_TRUE(info.type == "Text" || (info.place && info.type == "List(Text)")) << name;
  });
}

// What names an authority or a unit that the hub finds receivers by; nothing else stays with the rest.
TEST_F(Schemas, OnlyWhatTheHubRoutesByStaysWithTheRest) {
  std::set<std::string> found;
  Each([&](const std::string& name, capnp::StructSchema::Field, const FieldInfo& info) {
    if (info.routes) {
      EXPECT_TRUE(info.place) << name;
      found.insert(name);
      // A function that ordered or was called is as sensitive as the order or the call.
      const bool party = name.ends_with(".parties") || name.ends_with(".contactFunction");
      if (!party) {
        EXPECT_LE(info.sensitivity, schema::Sensitivity::S1) << name;
      }
    }
  });
  const std::set<std::string> allowed = {
      "Source.unitHsaId",          "Subject.district", "Subject.homeMunicipality",  "PersonMoved.newMunicipality",
      "ChildRegistered.unitHsaId", "ChildTransferred.fromUnit", "GuardianDentalOffered.clinicHsaId",
      "CoordSipChanged.parties",   "CoordTsiChanged.parties",   "CoordinationCall.parties",
      "ExamOrder.contactFunction", "SocialExamRequested.contactFunction"};
  EXPECT_EQ(found, allowed);
}

// A field of what sources tell and receivers get whose name or Swedish term says address, telephone,
// municipality, unit, clinic, school, home or function address is a place, or is named here.
TEST_F(Schemas, WhatSaysWhereSomebodyIsIsMarkedAPlace) {
  // Of the professional who reports: where the reporter works is known to everybody who may read it. Of
  // the function that a report went to, which its sender is told anyway.
  const std::set<std::string> no_place = {"signerPhone", "signerFunction", "receiverPhone"};
  const std::vector<std::string> words = {"adress", "telefon", "kommun", "enhet", "klinik",
                                          "skola",  "boende",  "bostad", "vistelse"};
  std::set<std::string> unmarked;
  const auto look = [&](capnp::StructSchema root) {
    for (const FieldInfo& info : FieldsOf(root)) {
      const bool says = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return info.sv.find(word) != std::string::npos;
      });
      if (says && !info.place) unmarked.insert(info.path.substr(info.path.rfind('.') + 1));
    }
  };
  look(capnp::Schema::from<schema::Event>());
  look(capnp::Schema::from<schema::Signal>());
  EXPECT_EQ(unmarked, no_place);
}

TEST_F(Schemas, FreeTextStandsOnlyWhereItIsAllowed) {
  std::set<std::string> found;
  Each([&](const std::string& name, capnp::StructSchema::Field, const FieldInfo& info) {
    if (info.free_text) found.insert(name);
  });
  const std::set<std::string> allowed = {
      "Party.notInformedReason",   "ReportSigned.concern",       "ReportSigned.observed",
      "ReportSigned.since",        "ReportSigned.effectOnChild", "ReportSigned.injuries"};
  EXPECT_EQ(found, allowed);
}

TEST_F(Schemas, EveryEventTypeHasNameRowAndSwedishTerm) {
  const auto body = capnp::Schema::from<schema::Event>().getFieldByName("body");
  const auto members = body.getType().asStruct().getUnionFields();
  EXPECT_EQ(EventTypes().size() + 1, members.size()) << "only 'unset' has no type";
  std::set<std::string> names;
  for (const EventType& type : EventTypes()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_GE(type.row, 1) << type.name;
    EXPECT_LE(type.row, 47) << type.name;
    EXPECT_FALSE(type.sv.empty()) << type.name;
    EXPECT_EQ(EventTypeByName(type.name), &type);
    EXPECT_EQ(EventTypeByMember(type.member), &type);
  }
}

TEST_F(Schemas, EverySignalHasCodeAndClass) {
  const auto body = capnp::Schema::from<schema::Signal>().getFieldByName("body");
  EXPECT_EQ(SignalTypes().size() + 1, body.getType().asStruct().getUnionFields().size());
  std::set<std::string> codes;
  for (const SignalType& type : SignalTypes()) {
    EXPECT_TRUE(codes.insert(type.code).second) << type.code;
    EXPECT_NE(type.legal_class, schema::LegalClass::UNSET) << type.code;
    EXPECT_TRUE(HasText("signal." + type.code)) << type.code;
  }
}

TEST_F(Schemas, EnumsBeginAtTheValueThatClaimsLeast) {
  // 0 is what an old or sloppy writer leaves: it must not state a fact about a person.
  const std::set<std::string> least = {"unknown", "unset", "none",   "s0",   "technical", "day",
                                       "stated",  "public", "actual", "local", "source",
                                       "open"};
  for (const auto schema : sources_->enums()) {
    const std::string first = schema.getEnumerants()[0].getProto().getName().cStr();
    EXPECT_EQ(least.count(first), 1u) << ShortName(schema) << " begins with " << first;
  }
}

TEST_F(Schemas, EveryEnumerantThatPeopleSeeHasATextInBothLanguages) {
  const std::set<std::string> files = {"common.capnp", "bvc.capnp",    "dental.capnp",
                                       "social.capnp", "event.capnp",  "shared_events.capnp",
                                       "signal.capnp", "annotations.capnp"};
  size_t checked = 0;
  for (const auto schema : sources_->enums()) {
    const std::string full = schema.getProto().getDisplayName().cStr();
    if (files.count(full.substr(0, full.find(':'))) == 0) continue;
    for (const auto one : schema.getEnumerants()) {
      const std::string id = "enum." + ShortName(schema) + "." + one.getProto().getName().cStr();
      EXPECT_TRUE(HasText(id)) << id;
      ++checked;
    }
  }
  EXPECT_GT(checked, 200u);
}

TEST_F(Schemas, FileIdsAndStructIdsAreUnique) {
  std::map<uint64_t, std::string> ids;
  for (const auto schema : sources_->structs()) {
    const auto [at, fresh] = ids.emplace(schema.getProto().getId(), ShortName(schema));
    EXPECT_TRUE(fresh) << ShortName(schema) << " and " << at->second;
  }
}

TEST_F(Schemas, TheGlossaryNamesEveryEventTypeAndSignal) {
  // README.md carries the tables that CatalogueMarkdown makes; when a schema changes, print them
  // anew (the failure shows the first line that is missing).
  std::ifstream file(SAM_SOURCE_DIR "/schemas/README.md");
  std::stringstream text;
  text << file.rdbuf();
  std::stringstream tables(CatalogueMarkdown());
  for (std::string line; std::getline(tables, line);) {
    if (line.empty()) continue;
    ASSERT_NE(text.str().find(line), std::string::npos) << "schemas/README.md lacks: " << line;
  }
  EXPECT_TRUE(text.str().ends_with(CatalogueMarkdown())) << "schemas/README.md says more, or in "
                                                            "another order, than the schemas";
}

}  // namespace
}  // namespace sam::contract
