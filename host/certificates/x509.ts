// The order matters: tsyringe, which x509 loads, wants the metadata functions to be there already.
import 'reflect-metadata';

export * from '@peculiar/x509';
