/** Tenants, applications and device profiles at ChirpStack: it gives them their ids. */
import applicationServices from '@chirpstack/chirpstack-api/api/application_grpc_pb.js';
import applications from '@chirpstack/chirpstack-api/api/application_pb.js';
import profileServices from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js';
import profiles from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import tenantServices from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js';
import tenants from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import type { Calls } from './calls.ts';
import { allPages, createNamed, named, present } from './grpc-common.ts';
import * as fields from './grpc-fields.ts';
import type { ChirpStack } from './objects.ts';

export function tenantsOf(calls: Calls): ChirpStack['tenants'] {
  const client = calls.client(tenantServices.TenantServiceClient);
  const list = (name: string) =>
    allPages(
      (limit, offset) => {
        const request = new tenants.ListTenantsRequest();
        request.setLimit(limit);
        request.setOffset(offset);
        request.setSearch(name);
        return calls.ask(client.list.bind(client), request);
      },
      (answer) => answer.getResultList().map(named),
    );
  return {
    list,
    async get(id) {
      const request = new tenants.GetTenantRequest();
      request.setId(id);
      const tenant = (await calls.find(client.get.bind(client), request))?.getTenant();
      return tenant && { parentId: '', object: fields.readTenant(tenant) };
    },
    create(_, object) {
      const request = new tenants.CreateTenantRequest();
      const tenant = new tenants.Tenant();
      fields.setTenant(tenant, object);
      request.setTenant(tenant);
      const create = () => calls.once(client.create.bind(client), request);
      return createNamed(calls, object.name, () => list(object.name), create);
    },
  };
}

export function applicationsOf(calls: Calls): ChirpStack['applications'] {
  const client = calls.client(applicationServices.ApplicationServiceClient);
  const list = (tenantId: string) =>
    allPages(
      (limit, offset) => {
        const request = new applications.ListApplicationsRequest();
        request.setLimit(limit);
        request.setOffset(offset);
        request.setTenantId(tenantId);
        return calls.ask(client.list.bind(client), request);
      },
      (answer) => answer.getResultList().map(named),
    );
  return {
    list,
    async get(id) {
      const request = new applications.GetApplicationRequest();
      request.setId(id);
      const application = (await calls.find(client.get.bind(client), request))?.getApplication();
      return (
        application && { parentId: application.getTenantId(), object: fields.readApplication(application) }
      );
    },
    create(tenantId, object) {
      const request = new applications.CreateApplicationRequest();
      const application = new applications.Application();
      application.setTenantId(tenantId);
      fields.setApplication(application, object);
      request.setApplication(application);
      const create = () => calls.once(client.create.bind(client), request);
      return createNamed(calls, object.name, () => list(tenantId), create);
    },
  };
}

export function profilesOf(calls: Calls): ChirpStack['profiles'] {
  const client = calls.client(profileServices.DeviceProfileServiceClient);
  const list = (tenantId: string) =>
    allPages(
      (limit, offset) => {
        const request = new profiles.ListDeviceProfilesRequest();
        request.setLimit(limit);
        request.setOffset(offset);
        request.setTenantId(tenantId);
        request.setTenantOnly(true);
        return calls.ask(client.list.bind(client), request);
      },
      (answer) => answer.getResultList().map(named),
    );
  const found = async (id: string) => {
    const request = new profiles.GetDeviceProfileRequest();
    request.setId(id);
    return (await calls.find(client.get.bind(client), request))?.getDeviceProfile();
  };
  return {
    list,
    async get(id) {
      const profile = await found(id);
      return profile && { parentId: profile.getTenantId(), object: fields.readProfile(profile) };
    },
    create(tenantId, object) {
      const request = new profiles.CreateDeviceProfileRequest();
      const profile = new profiles.DeviceProfile();
      profile.setTenantId(tenantId);
      fields.setNewProfile(profile, object);
      request.setDeviceProfile(profile);
      const create = () => calls.once(client.create.bind(client), request);
      return createNamed(calls, object.name, () => list(tenantId), create);
    },
    async update(id, changes) {
      const profile = present(await found(id));
      fields.setProfile(profile, changes);
      const request = new profiles.UpdateDeviceProfileRequest();
      request.setDeviceProfile(profile);
      await calls.ask(client.update.bind(client), request);
    },
  };
}
