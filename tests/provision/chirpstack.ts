/**
 * A ChirpStack in process: the gRPC services provisioning uses, made of the same service definitions, behaving as
 * chirpstack's `src/api/*.rs`, `src/storage/*.rs` and `src/api/auth/validator.rs` say, on state in memory.
 */
import applicationServices from '@chirpstack/chirpstack-api/api/application_grpc_pb.js';
import applications from '@chirpstack/chirpstack-api/api/application_pb.js';
import deviceServices from '@chirpstack/chirpstack-api/api/device_grpc_pb.js';
import devices from '@chirpstack/chirpstack-api/api/device_pb.js';
import profileServices from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js';
import profiles from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import gatewayServices from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js';
import gateways from '@chirpstack/chirpstack-api/api/gateway_pb.js';
import tenantServices from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js';
import tenants from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

/** Makes a call fail, or go unanswered, before or after it did its work. */
export interface Fault {
  readonly code: status | 'no answer';
  readonly isDone: boolean;
}

class Refusal extends Error {
  readonly code: status;
  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

/** May do everything. */
export const adminKey = 'admin-key';
/** The key of one tenant. */
export const tenantKey = (tenantId: string): string => `key-of-${tenantId}`;

const emptyEui = '0000000000000000';
const emptyKey = '00000000000000000000000000000000';

interface Page {
  getLimit(): number;
  getOffset(): number;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Refusal(status.NOT_FOUND, `Object does not exist (id: ${what})`);
  return value;
}

function checkNamed(object: { getName(): string }): void {
  const length = object.getName().length;
  if (length === 0) throw new Refusal(status.INVALID_ARGUMENT, 'Validation error: name is not set');
  if (length > 100) throw new Refusal(status.INTERNAL, 'value too long for type character varying(100)');
}

const byName = (a: { getName(): string }, b: { getName(): string }): number =>
  a.getName() < b.getName() ? -1 : 1;

export class TestChirpStack {
  readonly tenants = new Map<string, tenants.Tenant>();
  readonly applications = new Map<string, applications.Application>();
  readonly profiles = new Map<string, profiles.DeviceProfile>();
  readonly gateways = new Map<string, gateways.Gateway>();
  readonly devices = new Map<string, devices.Device>();
  readonly keys = new Map<string, devices.DeviceKeys>();
  /** Every call so far, `Service.Method`. */
  readonly calls: string[] = [];
  readonly flushedNonces: string[] = [];
  underWayMax = 0;
  /** Asked before every call, with how many came before it. */
  faultOf: (index: number, method: string) => Fault | undefined = () => undefined;
  /** How long each call takes, ms. */
  delayMs = 0;
  readonly #server = new Server();
  #underWay = 0;
  #nextId = 1;

  /** Starts it on a free port of this machine, and gives its address. */
  async start(): Promise<string> {
    const server = this.#server;
    server.addService(tenantServices.TenantServiceService, this.#tenantService());
    server.addService(applicationServices.ApplicationServiceService, this.#applicationService());
    server.addService(profileServices.DeviceProfileServiceService, this.#profileService());
    server.addService(gatewayServices.GatewayServiceService, this.#gatewayService());
    server.addService(deviceServices.DeviceServiceService, this.#deviceService());
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return `127.0.0.1:${port}`;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  /** An id as ChirpStack gives them. */
  newId(): string {
    return `00000000-0000-4000-8000-${String(this.#nextId++).padStart(12, '0')}`;
  }

  #handler<Q, A>(method: string, work: (request: Q, apiKey: string) => A): handleUnaryCall<Q, A> {
    return (call, done) => {
      const fault = this.faultOf(this.calls.length, method);
      this.calls.push(method);
      this.underWayMax = Math.max(this.underWayMax, ++this.#underWay);
      setTimeout(() => {
        this.#underWay--;
        try {
          const apiKey = String(call.metadata.get('authorization')[0]).replace(/^Bearer /, '');
          const answer = fault && !fault.isDone ? undefined : work(call.request, apiKey);
          if (fault?.code === 'no answer') return;
          if (fault !== undefined) throw new Refusal(fault.code, 'a fault of the test');
          done(null, answer);
        } catch (cause) {
          if (!(cause instanceof Refusal)) throw cause;
          done({ code: cause.code, details: cause.message });
        }
      }, this.delayMs);
    };
  }

  /** An admin's key may do everything, a tenant's own only what is known to be of the tenant. */
  #allow(apiKey: string, tenantId: string | undefined): void {
    if (apiKey === adminKey || (tenantId !== undefined && apiKey === tenantKey(tenantId))) return;
    throw new Refusal(status.UNAUTHENTICATED, '');
  }

  #tenantOfApplication(id: string): string | undefined {
    return this.applications.get(id)?.getTenantId();
  }

  #tenantOfDevice(devEui: string): string | undefined {
    return this.#tenantOfApplication(this.devices.get(devEui)?.getApplicationId() ?? '');
  }

  #page<T>(all: readonly T[], request: Page): T[] {
    return all.slice(request.getOffset(), request.getOffset() + request.getLimit());
  }

  #tenantService() {
    return {
      list: this.#handler('Tenant.List', (request: tenants.ListTenantsRequest, key) => {
        this.#allow(key, undefined);
        const search = request.getSearch().toLowerCase();
        const all = [...this.tenants.values()]
          .filter((tenant) => tenant.getName().toLowerCase().includes(search))
          .sort(byName);
        const answer = new tenants.ListTenantsResponse();
        answer.setTotalCount(all.length);
        answer.setResultList(
          this.#page(all, request).map((tenant) => {
            const item = new tenants.TenantListItem();
            item.setId(tenant.getId());
            item.setName(tenant.getName());
            return item;
          }),
        );
        return answer;
      }),
      get: this.#handler('Tenant.Get', (request: tenants.GetTenantRequest, key) => {
        this.#allow(key, request.getId());
        const answer = new tenants.GetTenantResponse();
        answer.setTenant(required(this.tenants.get(request.getId()), request.getId()));
        return answer;
      }),
      create: this.#handler('Tenant.Create', (request: tenants.CreateTenantRequest, key) => {
        this.#allow(key, undefined);
        const tenant = required(request.getTenant(), 'tenant');
        checkNamed(tenant);
        tenant.setId(this.newId());
        this.tenants.set(tenant.getId(), tenant);
        const answer = new tenants.CreateTenantResponse();
        answer.setId(tenant.getId());
        return answer;
      }),
    };
  }

  #applicationService() {
    return {
      list: this.#handler('Application.List', (request: applications.ListApplicationsRequest, key) => {
        this.#allow(key, request.getTenantId());
        const all = [...this.applications.values()]
          .filter((application) => application.getTenantId() === request.getTenantId())
          .sort(byName);
        const answer = new applications.ListApplicationsResponse();
        answer.setTotalCount(all.length);
        answer.setResultList(
          this.#page(all, request).map((application) => {
            const item = new applications.ApplicationListItem();
            item.setId(application.getId());
            item.setName(application.getName());
            return item;
          }),
        );
        return answer;
      }),
      get: this.#handler('Application.Get', (request: applications.GetApplicationRequest, key) => {
        this.#allow(key, this.#tenantOfApplication(request.getId()));
        const answer = new applications.GetApplicationResponse();
        answer.setApplication(required(this.applications.get(request.getId()), request.getId()));
        return answer;
      }),
      create: this.#handler('Application.Create', (request: applications.CreateApplicationRequest, key) => {
        const application = required(request.getApplication(), 'application');
        this.#allow(key, application.getTenantId());
        checkNamed(application);
        required(this.tenants.get(application.getTenantId()), 'tenant');
        application.setId(this.newId());
        this.applications.set(application.getId(), application);
        const answer = new applications.CreateApplicationResponse();
        answer.setId(application.getId());
        return answer;
      }),
    };
  }

  #profileService() {
    return {
      list: this.#handler('DeviceProfile.List', (request: profiles.ListDeviceProfilesRequest, key) => {
        this.#allow(key, request.getTenantId());
        const all = [...this.profiles.values()]
          .filter((profile) => profile.getTenantId() === request.getTenantId())
          .sort(byName);
        const answer = new profiles.ListDeviceProfilesResponse();
        answer.setTotalCount(all.length);
        answer.setResultList(
          this.#page(all, request).map((profile) => {
            const item = new profiles.DeviceProfileListItem();
            item.setId(profile.getId());
            item.setName(profile.getName());
            return item;
          }),
        );
        return answer;
      }),
      get: this.#handler('DeviceProfile.Get', (request: profiles.GetDeviceProfileRequest, key) => {
        this.#allow(key, this.profiles.get(request.getId())?.getTenantId());
        const answer = new profiles.GetDeviceProfileResponse();
        answer.setDeviceProfile(required(this.profiles.get(request.getId()), request.getId()));
        return answer;
      }),
      create: this.#handler('DeviceProfile.Create', (request: profiles.CreateDeviceProfileRequest, key) => {
        const profile = required(request.getDeviceProfile(), 'device_profile');
        this.#allow(key, profile.getTenantId());
        checkNamed(profile);
        profile.setId(this.newId());
        this.profiles.set(profile.getId(), profile);
        const answer = new profiles.CreateDeviceProfileResponse();
        answer.setId(profile.getId());
        return answer;
      }),
      update: this.#handler('DeviceProfile.Update', (request: profiles.UpdateDeviceProfileRequest, key) => {
        const profile = required(request.getDeviceProfile(), 'device_profile');
        this.#allow(key, this.profiles.get(profile.getId())?.getTenantId());
        checkNamed(profile);
        required(this.profiles.get(profile.getId()), profile.getId());
        this.profiles.set(profile.getId(), profile);
        return empty();
      }),
    };
  }

  #gatewayService() {
    return {
      list: this.#handler('Gateway.List', (request: gateways.ListGatewaysRequest, key) => {
        this.#allow(key, request.getTenantId());
        const all = [...this.gateways.values()]
          .filter((gateway) => gateway.getTenantId() === request.getTenantId())
          .sort((a, b) => (a.getGatewayId() < b.getGatewayId() ? -1 : 1));
        const answer = new gateways.ListGatewaysResponse();
        answer.setTotalCount(all.length);
        answer.setResultList(
          this.#page(all, request).map((gateway) => {
            const item = new gateways.GatewayListItem();
            item.setGatewayId(gateway.getGatewayId());
            item.setName(gateway.getName());
            return item;
          }),
        );
        return answer;
      }),
      get: this.#handler('Gateway.Get', (request: gateways.GetGatewayRequest, key) => {
        const gateway = this.gateways.get(request.getGatewayId());
        this.#allow(key, gateway?.getTenantId());
        const answer = new gateways.GetGatewayResponse();
        answer.setGateway(required(gateway, request.getGatewayId()));
        return answer;
      }),
      create: this.#handler('Gateway.Create', (request: gateways.CreateGatewayRequest, key) => {
        const gateway = required(request.getGateway(), 'gateway');
        this.#allow(key, gateway.getTenantId());
        checkNamed(gateway);
        const tenant = required(this.tenants.get(gateway.getTenantId()), 'tenant');
        if (!tenant.getCanHaveGateways())
          throw new Refusal(status.INVALID_ARGUMENT, 'Not allowed: Tenant can not have gateways');
        checkNew(this.gateways, gateway.getGatewayId());
        this.gateways.set(gateway.getGatewayId(), gateway);
        return empty();
      }),
      update: this.#handler('Gateway.Update', (request: gateways.UpdateGatewayRequest, key) => {
        const gateway = required(request.getGateway(), 'gateway');
        const id = gateway.getGatewayId();
        this.#allow(key, this.gateways.get(id)?.getTenantId());
        required(this.gateways.get(id), id);
        this.gateways.set(id, gateway);
        return empty();
      }),
      delete: this.#handler('Gateway.Delete', (request: gateways.DeleteGatewayRequest, key) => {
        const id = request.getGatewayId();
        this.#allow(key, this.gateways.get(id)?.getTenantId());
        required(this.gateways.get(id), id);
        this.gateways.delete(id);
        return empty();
      }),
    };
  }

  #deviceService() {
    return {
      list: this.#handler('Device.List', (request: devices.ListDevicesRequest, key) => {
        this.#allow(key, this.#tenantOfApplication(request.getApplicationId()));
        const all = [...this.devices.values()]
          .filter((device) => device.getApplicationId() === request.getApplicationId())
          .sort((a, b) => (a.getDevEui() < b.getDevEui() ? -1 : 1));
        const answer = new devices.ListDevicesResponse();
        answer.setTotalCount(all.length);
        answer.setResultList(
          this.#page(all, request).map((device) => {
            const item = new devices.DeviceListItem();
            item.setDevEui(device.getDevEui());
            item.setName(device.getName());
            return item;
          }),
        );
        return answer;
      }),
      get: this.#handler('Device.Get', (request: devices.GetDeviceRequest, key) => {
        this.#allow(key, this.#tenantOfDevice(request.getDevEui()));
        const answer = new devices.GetDeviceResponse();
        answer.setDevice(required(this.devices.get(request.getDevEui()), request.getDevEui()));
        return answer;
      }),
      create: this.#handler('Device.Create', (request: devices.CreateDeviceRequest, key) => {
        const device = required(request.getDevice(), 'device');
        this.#allow(key, this.#tenantOfApplication(device.getApplicationId()));
        checkNamed(device);
        required(this.profiles.get(device.getDeviceProfileId()), 'device profile');
        checkNew(this.devices, device.getDevEui());
        this.#store(device);
        return empty();
      }),
      update: this.#handler('Device.Update', (request: devices.UpdateDeviceRequest, key) => {
        const device = required(request.getDevice(), 'device');
        this.#allow(key, this.#tenantOfDevice(device.getDevEui()));
        checkNamed(device);
        required(this.devices.get(device.getDevEui()), device.getDevEui());
        required(this.profiles.get(device.getDeviceProfileId()), 'device profile');
        this.#store(device);
        return empty();
      }),
      delete: this.#handler('Device.Delete', (request: devices.DeleteDeviceRequest, key) => {
        const id = request.getDevEui();
        this.#allow(key, this.#tenantOfDevice(id));
        required(this.devices.get(id), id);
        this.devices.delete(id);
        this.keys.delete(id);
        return empty();
      }),
      ...this.#keyMethods(),
    };
  }

  #store(device: devices.Device): void {
    if (device.getJoinEui() === '') device.setJoinEui(emptyEui);
    this.devices.set(device.getDevEui(), device);
  }

  #keyMethods() {
    return {
      createKeys: this.#handler('Device.CreateKeys', (request: devices.CreateDeviceKeysRequest, key) => {
        const keys = required(request.getDeviceKeys(), 'device_keys');
        this.#allow(key, this.#tenantOfDevice(keys.getDevEui()));
        required(this.devices.get(keys.getDevEui()), keys.getDevEui());
        checkNew(this.keys, keys.getDevEui());
        this.#storeKeys(keys);
        return empty();
      }),
      getKeys: this.#handler('Device.GetKeys', (request: devices.GetDeviceKeysRequest, key) => {
        this.#allow(key, this.#tenantOfDevice(request.getDevEui()));
        const answer = new devices.GetDeviceKeysResponse();
        answer.setDeviceKeys(required(this.keys.get(request.getDevEui()), request.getDevEui()));
        return answer;
      }),
      updateKeys: this.#handler('Device.UpdateKeys', (request: devices.UpdateDeviceKeysRequest, key) => {
        const keys = required(request.getDeviceKeys(), 'device_keys');
        this.#allow(key, this.#tenantOfDevice(keys.getDevEui()));
        required(this.keys.get(keys.getDevEui()), keys.getDevEui());
        this.#storeKeys(keys);
        return empty();
      }),
      flushDevNonces: this.#handler(
        'Device.FlushDevNonces',
        (request: devices.FlushDevNoncesRequest, key) => {
          this.#allow(key, this.#tenantOfDevice(request.getDevEui()));
          this.flushedNonces.push(request.getDevEui());
          return empty();
        },
      ),
    };
  }

  #storeKeys(keys: devices.DeviceKeys): void {
    if (keys.getAppKey() === '') keys.setAppKey(emptyKey);
    if (keys.getGenAppKey() === '') keys.setGenAppKey(emptyKey);
    this.keys.set(keys.getDevEui(), keys);
  }
}

function checkNew(all: ReadonlyMap<string, unknown>, id: string): void {
  if (all.has(id)) throw new Refusal(status.ALREADY_EXISTS, `Object already exists (id: ${id})`);
}

/** The empty message, read from no bytes: its own module has no types. */
const empty = () => deviceServices.DeviceServiceService.update.responseDeserialize(Buffer.alloc(0));
