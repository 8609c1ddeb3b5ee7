# Meaning lives in the schema. The gate's masks, the mapping checker, the documentation page and
# every printout read these annotations; none of them keeps a list of its own.
@0xebb3cd71f572af63;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");

enum Sensitivity {
  s0 @0;  # aggregate or technical: cannot be tied to a person
  s1 @1;  # administrative person data
  s2 @2;  # a child's health
  s3 @3;  # a parent's or third party's health, or any social fact
  s4 @4;  # violence, danger, placement address, protected identity
}

enum Retention {
  technical @0;  # positions, hashes, versions: kept as long as the log
  payload @1;    # the content of an event or signal: disposed of after confirmed delivery
  audit @2;      # who saw what: kept ten years
}

annotation sens @0xa39d1f2d0d7688e6 (field) :Sensitivity;
# How sensitive the field's value is. Required on every field of every struct (tests/tidy checks).

annotation sv @0xf665d5c435a238b0 (field, struct, enum, enumerant) :Text;
# The Swedish term that people in the field use; required on every field.

annotation keep @0x9e1f2904100a45ff (field) :Retention;
# Retention class; required where sensitivity is s1 or above.

annotation required @0xb65d8aa09bf452c2 (field) :Void;
# A mapping that never sets this field is refused; an event without it goes to quarantine.

annotation eventType @0xfdf0e2649f7fd4bd (field) :Text;
# On members of Event.body: the catalogue name, such as "bvc.visit.missed".

annotation row @0x945488c9d464e8ef (field) :UInt16;
# On members of Event.body: the row of the event catalogue.

annotation legalClass @0xbb5ed0bac6756f14 (field) :Text;
# On members of Event.body and Signal.body: A, B, C, D or E (see README.md, "Legal classes").

annotation signalCode @0xe3ad08223f6a8d4c (field) :Text;
# On members of Signal.body: the code people know, such as "SIG-E2".

annotation place @0xd29bd3f935ba33f1 (field) :Void;
# The value can reveal where somebody lives or stays. Masked unless the person is unprotected or the
# receiver is the one a statutory report goes to. Sealed apart from the rest of its event or signal
# (broker/journal/FORMAT.md), unless it also says $routes.

annotation routes @0xd7c1a2f05b9e3a61 (field) :Void;
# On a place that the hub must know to find the receiver or the unit that owns a step: it stays with
# the rest. Only for what names an authority, a unit or the area that one serves, never for a home.

annotation freeText @0x88701503075438bc (field) :Void;
# May hold free text. Forbidden everywhere else.
