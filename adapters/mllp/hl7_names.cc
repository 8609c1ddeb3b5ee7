#include "adapters/mllp/hl7_names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/base/text.h"

namespace sam::mllp {
namespace {

const std::vector<std::string>& Listed(std::string_view text, std::vector<std::string>& keeper) {
  for (const std::string_view one : Split(text, ' '))
    if (!one.empty()) keeper.emplace_back(one);
  return keeper;
}

// "ADT:A": the events of ADT begin with A. A type without a letter has events of several kinds.
const std::vector<std::string>& Types() {
  static std::vector<std::string> names;
  static const std::vector<std::string>& all = Listed(
      "ACK ADR:A ADT:A BAR:P BPS:O BRP:O BRT:O BTS:O CCF:I CCI:I CCM:I CCQ:I CCR:I CCU:I CQU:I "
      "CRM:C "
      "CSU:C DFT:P DOC:T DSR:Q EAC:U EAN:U EAR:U EDR:R EHC:E EQQ:Q ERP:R ESR:U ESU:U INR:U INU:U "
      "LSR:U LSU:U MCF:Q MDM:T MFD:M MFK:M MFN:M MFQ:M MFR:M NMD:N NMQ:N NMR:N OMB:O OMD:O OMG:O "
      "OMI:O OML:O OMN:O OMP:O OMQ:O OMS:O OPL:O OPR:O OPU:R ORA:R ORB:O ORD:O ORF:R ORG:O ORI:O "
      "ORL:O ORM:O ORN:O ORP:O ORR:O ORS:O ORU:R OSM:R OSQ:Q OSR:Q OUL:R PEX:P PGL:P PIN:I PMU:B "
      "PPG:P PPP:P PPR:P PPT:P PPV:P PRR:P PTR:P QBP QCK:Q QCN:J QRY QSB:Q QSX:J QVR:Q RAR:R RAS:O "
      "RCI:I RCL:I RDE:O RDR:R RDS:O RDY:K REF:I RER:R RGR:R RGV:O ROR:R RPA:I RPI:I RPL:I RPR:I "
      "RQA:I RQC:I RQI:I RQP:I RQQ:Q RRA:O RRD:O RRE:O RRG:O RRI:I RSP RTB:K SCN:S SDN:S SDR:S "
      "SIU:S SLN:S SLR:S SMD:S SPQ:Q SQM:S SQR:S SRM:S SRR:S SSR:U SSU:U STC:S STI:S SUR:P TBR:R "
      "TCR:U TCU:U UDM:Q VQQ:Q VXQ:V VXR:V VXU:V VXX:V",
      names);
  return all;
}

const std::vector<std::string>& Segments() {
  static std::vector<std::string> names;
  static const std::vector<std::string>& all = Listed(
      "ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI CDM "
      "CDO CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI DB1 DEV DG1 DMI DON DPS DRG DSC DSP DST ECD "
      "ECR ECS EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1 IN2 "
      "IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA MSH NCK NDS "
      "NK1 NPU NSC NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OM8 ORC ORG "
      "OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS "
      "PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC "
      "RXD RXE RXG RXO RXR RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM SPR STF STZ TCC TCD "
      "TQ1 TQ2 TXA UAC UB1 UB2 URD URS VAR VND VTQ",
      names);
  return all;
}

// In three letters two that changed places are likelier than one that is wrong.
std::string Swapped(std::string_view wanted, const std::vector<std::string>& names) {
  for (size_t i = 0; i + 1 < wanted.size(); ++i) {
    std::string other(wanted);
    std::swap(other[i], other[i + 1]);
    if (std::find(names.begin(), names.end(), other) != names.end()) return other;
  }
  return "";
}

std::string Near(std::string_view wanted, const std::vector<std::string>& names,
                 const std::string& after) {
  std::string name = Swapped(wanted, names);
  if (name.empty()) name = NearestName(wanted, names);
  return name.empty() ? "" : "; the nearest is '" + name + after + "'";
}

}  // namespace

std::string OddTrigger(std::string_view trigger) {
  if (trigger.size() != 7 || trigger[0] == 'Z' || trigger[4] == 'Z') return "";
  const std::string type(trigger.substr(0, 3));
  const std::string event(trigger.substr(4));
  std::vector<std::string> types;
  char letter = 0;
  for (const std::string& one : Types()) {
    types.push_back(one.substr(0, 3));
    if (types.back() != type) continue;
    if (one.size() < 5 || one[4] == event[0]) return "";
    letter = one[4];
  }
  if (letter != 0)
    return "HL7 has no event '" + event + "' for " + type + ", whose events begin with " + letter +
           "; the nearest is '" + type + "^" + letter + event.substr(1) + "'";
  return "HL7 has no message type '" + type + "'" + Near(type, types, "^" + event);
}

std::string OddSegment(std::string_view segment) {
  const std::vector<std::string>& all = Segments();
  if (segment.empty() || segment[0] == 'Z') return "";
  if (std::find(all.begin(), all.end(), segment) != all.end()) return "";
  return "HL7 has no segment '" + std::string(segment) + "'" + Near(segment, all, "");
}

bool BeginsWithSetId(std::string_view segment) {
  for (const std::string_view one :
       {"PID", "NK1", "PV1", "OBR", "OBX", "NTE", "AL1", "DG1", "PR1", "IN1", "GT1", "RGS", "AIG",
        "AIL", "AIP", "AIS", "TQ1", "TXA", "SPM"})
    if (one == segment) return true;
  return false;
}

bool IsDecodersOwn(std::string_view segment, unsigned field) {
  if (segment == "EVN") return field == 1;  // the trigger
  if (segment == "OBX") return field == 2;  // the type of the value
  if (segment != "MSH") return false;
  for (const unsigned one : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 9U, 10U, 11U, 12U, 15U, 16U, 18U})
    if (one == field) return true;
  return false;
}

}  // namespace sam::mllp
